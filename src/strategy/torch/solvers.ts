/** Dynamic programming on the device; `least[i]` holds for each column the least total of the rows up to i. */
export const monotoneCode = (repeats: boolean) =>
  repeats
    ? `def _columns(distances_kA: Tensor) -> Tuple[Tensor, Tensor]:
    columns_k = _monotone(distances_kA, 0)
    return columns_k, torch.ones_like(columns_k, dtype=torch.bool)


${monotoneHelper}`
    : `def _columns(distances_kA: Tensor) -> Tuple[Tensor, Tensor]:
    k, survivors = distances_kA.shape
    if k <= survivors:
        columns_k = _monotone(distances_kA, -1)
        return columns_k, torch.ones_like(columns_k, dtype=torch.bool)
    rows_A = _monotone(distances_kA.t(), -1)
    matches_kA = rows_A == torch.arange(k, device=rows_A.device).unsqueeze(1)
    return matches_kA.to(torch.int64).argmax(1), matches_kA.any(1)


${monotoneHelper}`;

const monotoneHelper = `def _monotone(costs_RC: Tensor, offset: int) -> Tensor:
    """The column of each row, of least total cost; row by row at least -offset further."""
    columns = costs_RC.shape[1]
    later_CC = costs_RC.new_ones((columns, columns)).tril(offset) == 0
    least_C = costs_RC[0]
    back: List[Tensor] = []
    for costs_C in costs_RC[1:]:
        before_CC = least_C.expand(columns, columns).masked_fill(later_CC, math.inf)
        back.append(before_CC.argmin(1))
        least_C = costs_C + before_CC.gather(1, back[-1].unsqueeze(1)).squeeze(1)
    chosen = [least_C.argmin().view(1)]
    for column_C in reversed(back):
        chosen.append(column_C.gather(0, chosen[-1]))
    return torch.cat(chosen[::-1])`;
