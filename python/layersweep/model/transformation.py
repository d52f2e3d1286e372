"""The trained map from student states to the teacher's width, shared by all layers."""

import torch
from torch import Tensor, nn


class LayerTransformation(nn.Linear):
    """x -> x W^T + b with W [teacher width, student width], W the identity and b 0 at first.

    Where the widths differ, W starts as the identity on the common leading dimensions and 0 elsewhere: no dimension is
    favoured by scale and nothing random enters.
    """

    def __init__(self, student_width: int, teacher_width: int) -> None:
        super().__init__(student_width, teacher_width, device="meta")  # draws no random numbers
        self.to_empty(device="cpu")
        with torch.no_grad():
            self.weight.copy_(torch.eye(teacher_width, student_width))
            self.bias.zero_()


@torch.no_grad()
def cut_transformation(transformation: LayerTransformation, hidden_indices: Tensor) -> LayerTransformation:
    """The same map for states of which only `hidden_indices` [h] are left (the dropped dimensions were 0)."""
    teacher_width = transformation.out_features
    result = LayerTransformation(int(hidden_indices.numel()), teacher_width).to(transformation.weight)
    result.weight.copy_(transformation.weight[:, hidden_indices])
    result.bias.copy_(transformation.bias)
    return result
