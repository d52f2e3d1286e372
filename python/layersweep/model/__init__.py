"""Masked BERT and RoBERTa, hard-concrete gates, sparsities, and cutting to really smaller tensors."""
