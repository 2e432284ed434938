"""One loss a thing learned; each is a mean, so that their weights in the configuration compare."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  the name that everyone knows it by
from torch import Tensor

from model.train.examples import NO_TONE


def attitude_loss(logits: Tensor, allowed: Tensor) -> Tensor:
    """Negative log of the probability of all attitudes that the label leaves possible (a side alone is a sum over its attitudes).

    logits and allowed (pairs, 11); pairs that allow none carry no label and do not count.
    """
    known = allowed.any(-1)
    if not known.any():
        return logits.sum() * 0.0
    logits, allowed = logits[known].float(), allowed[known]
    return (logits.logsumexp(-1) - logits.masked_fill(~allowed, -torch.inf).logsumexp(-1)).mean()


def tone_loss(logits: Tensor, tone: Tensor) -> Tensor:
    """Cross-entropy of logits (pairs, 3) with tone (pairs,); NO_TONE does not count."""
    if not (tone != NO_TONE).any():
        return logits.sum() * 0.0
    return F.cross_entropy(logits.float(), tone, ignore_index=NO_TONE)


def span_loss(logits: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Binary cross-entropy over all spans that may be a mention, a gold mention's share; all (windows, labels, tokens, tokens)."""
    loss = F.binary_cross_entropy_with_logits(logits[valid].float(), target[valid].float(), reduction="sum")
    return loss / target.sum().clamp(min=1)


def antecedent_loss(scores: Tensor, linked: Tensor, later: Tensor, n_mentions: int) -> Tensor:
    """Negative log of the probability of all right antecedents of a mention, "none" scoring 0 (Lee et al. 2017).

    scores, linked and later (pairs,). A mention without a right antecedent should choose none.
    """
    if not len(scores):
        return scores.sum() * 0.0
    everything = _logsumexp(scores.float(), later, n_mentions, with_none=torch.ones(n_mentions, dtype=torch.bool, device=scores.device))
    found = torch.zeros(n_mentions, dtype=torch.bool, device=scores.device).index_fill(0, later[linked], True)
    right = _logsumexp(scores.float().masked_fill(~linked, -1e4), later, n_mentions, with_none=~found)
    return (everything - right).mean()


def _logsumexp(scores: Tensor, group: Tensor, n: int, *, with_none: Tensor) -> Tensor:
    """Log-sum-exp of the scores of each group, with a score of 0 beside them where `with_none` says so; shape (n,)."""
    top = torch.zeros(n, device=scores.device).scatter_reduce(0, group, scores.detach(), "amax", include_self=False)
    top = torch.where(with_none, top.clamp(min=0.0), top)
    total = torch.zeros(n, device=scores.device).index_add(0, group, (scores - top[group]).exp())
    return (total + torch.where(with_none, (-top).exp(), 0.0)).clamp(min=1e-30).log() + top
