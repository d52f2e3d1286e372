"""Losses of the teacher's training and of prediction distillation."""

import torch.nn.functional as F
from torch import Tensor


def task_loss(logits_BC: Tensor, labels_B: Tensor, *, regression: bool) -> Tensor:
    """Cross entropy, or for scores the mean squared error of the single logit. []"""
    if regression:
        return F.mse_loss(logits_BC[:, 0], labels_B.to(logits_BC.dtype))
    return F.cross_entropy(logits_BC, labels_B)


def prediction_loss(student_BC: Tensor, teacher_BC: Tensor, temperature: float, *, regression: bool) -> Tensor:
    """T² · KL(softmax(teacher / T) ‖ softmax(student / T)), mean over the batch (Hinton et al. 2015; CoFi). []

    A regression's single logit has a constant softmax, so there it is the mean squared error to the teacher's logit.
    """
    if regression:
        return F.mse_loss(student_BC, teacher_BC)
    student_log_BC = F.log_softmax(student_BC / temperature, dim=-1)
    teacher_log_BC = F.log_softmax(teacher_BC / temperature, dim=-1)
    return F.kl_div(student_log_BC, teacher_log_BC, reduction="batchmean", log_target=True) * temperature**2
