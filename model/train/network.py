"""The network: one encoder, three things read off it (mentions, antecedents, attitudes).

The lower layers run once a window. The upper layers run once more without roles (mentions and antecedents) and once for each
pair with roles (attitude, tone), so that a pair costs a third of a window.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

from model.antecedents import N_FEATURES
from model.encoding import N_CASES, N_ROLES
from model.labels import ATTITUDES, ENTITY_TYPES, TONES

# GUM marks every noun phrase, by other types than ours; the span scorer learns them beside ours and serving drops them.
GUM_TYPES = ("person", "organization", "place", "other")
SPAN_LABELS = (*ENTITY_TYPES, *GUM_TYPES)


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Shape of the network; `encoder` is a folder or name that transformers can load."""

    encoder: str
    upper_layers: int = 2
    span_dim: int = 128
    antecedent_dim: int = 192
    head_dropout: float = 0.1


class SpanScorer(nn.Module):
    """A biaffine score for every (start, end) and type, so that mentions may nest (Yu et al. 2020, "NER as dependency parsing")."""

    def __init__(self, hidden: int, dim: int, labels: int, dropout: float) -> None:
        super().__init__()
        self.start = nn.Sequential(nn.Linear(hidden, dim), nn.GELU(), nn.Dropout(dropout))
        self.end = nn.Sequential(nn.Linear(hidden, dim), nn.GELU(), nn.Dropout(dropout))
        self.bilinear = nn.Parameter(torch.randn(labels, dim, dim) * 0.02)
        self.start_label = nn.Linear(dim, labels)
        self.end_label = nn.Linear(dim, labels)
        nn.init.constant_(self.start_label.bias, -4.0)  # almost every span is no mention

    def forward(self, top: Tensor) -> Tensor:
        """(batch, tokens, hidden) -> logits (batch, labels, start, end), the end token included in the span."""
        start, end = self.start(top), self.end(top)
        scores = (start.unsqueeze(1) @ self.bilinear) @ end.unsqueeze(1).transpose(-1, -2)
        logits: Tensor = scores + self.start_label(start).transpose(1, 2).unsqueeze(-1) + self.end_label(end).transpose(1, 2).unsqueeze(-2)
        return logits


class AntecedentScorer(nn.Module):
    """How likely an earlier mention is what a later one refers to (mention ranking; Lee et al. 2017)."""

    def __init__(self, hidden: int, dim: int, dropout: float) -> None:
        super().__init__()
        self.mention = nn.Sequential(nn.Linear(3 * hidden, dim), nn.GELU(), nn.Dropout(dropout))
        self.later, self.earlier, self.product = (nn.Linear(dim, dim, bias=False) for _ in range(3))
        self.features = nn.Linear(N_FEATURES, dim)
        self.score = nn.Sequential(nn.GELU(), nn.Dropout(dropout), nn.Linear(dim, dim // 2), nn.GELU(), nn.Linear(dim // 2, 1))

    def forward(self, mentions: Tensor, later: Tensor, earlier: Tensor, features: Tensor) -> Tensor:
        """(mentions, 3 * hidden), two index vectors (pairs,), (pairs, N_FEATURES) -> logits (pairs,)."""
        m = self.mention(mentions)
        a, b = m[later], m[earlier]
        logits: Tensor = self.score(self.later(a) + self.earlier(b) + self.product(a * b) + self.features(features)).squeeze(-1)
        return logits


class Network(nn.Module):
    """Encoder and heads. `judge` is for pairs, `mark` for mentions, `antecedents` for links between them."""

    def __init__(self, config: NetworkConfig, *, pretrained: bool = True) -> None:
        super().__init__()
        # Eager attention and no dropout inside the encoder: measured fastest on two cores.
        options = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        bert_config = AutoConfig.from_pretrained(config.encoder, **options)
        bert_config._attn_implementation = "eager"
        self.config = config
        self.encoder = (
            AutoModel.from_pretrained(config.encoder, config=bert_config, add_pooling_layer=False, dtype=torch.float32)
            if pretrained
            else AutoModel.from_config(bert_config, add_pooling_layer=False)  # type: ignore[no-untyped-call]
        )
        hidden = bert_config.hidden_size
        self.n_lower = bert_config.num_hidden_layers - config.upper_layers
        self.case_embedding = nn.Embedding(N_CASES, hidden)
        self.role_embedding = nn.Embedding(N_ROLES, hidden)
        nn.init.zeros_(self.case_embedding.weight)
        nn.init.normal_(self.role_embedding.weight, std=0.02)
        self.spans = SpanScorer(hidden, config.span_dim, len(SPAN_LABELS), config.head_dropout)
        self.antecedents = AntecedentScorer(hidden, config.antecedent_dim, config.head_dropout)
        self.attitude = _head(3 * hidden, hidden, len(ATTITUDES), config.head_dropout)
        self.tone = _head(2 * hidden, hidden, len(TONES), config.head_dropout)

    def lower(self, ids: Tensor, cases: Tensor, segments: Tensor, mask: Tensor) -> Tensor:
        """Four (batch, tokens) tensors of int64 -> hidden states (batch, tokens, hidden) below the upper layers."""
        embeddings = self.encoder.embeddings
        hidden = (
            embeddings.word_embeddings(ids)
            + embeddings.token_type_embeddings(segments)
            + embeddings.position_embeddings(torch.arange(ids.shape[1], device=ids.device))
            + self.case_embedding(cases)
        )
        return self._layers(embeddings.LayerNorm(hidden), mask, 0, self.n_lower)

    def top(self, lower: Tensor, mask: Tensor) -> Tensor:
        """Lower states -> top states without roles; both (batch, tokens, hidden)."""
        return self._layers(lower, mask, self.n_lower, None)

    def mark(self, lower: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Lower states -> top states (batch, tokens, hidden) and span logits (batch, labels, start, end)."""
        top = self.top(lower, mask)
        return top, self.spans(top)

    def judge(self, lower: Tensor, mask: Tensor, roles: Tensor) -> tuple[Tensor, Tensor]:
        """Lower states and roles of each pair -> attitude logits (pairs, 11) and tone logits (pairs, 3).

        lower (pairs, tokens, hidden); mask and roles (pairs, tokens). A pair without an actor has an actor vector of zeros.
        """
        top = self._layers(lower + self.role_embedding(roles), mask, self.n_lower, None)
        actor, target = (_mean(top, torch.bitwise_and(roles, bit).ne(0)) for bit in (1, 2))
        return self.attitude(torch.cat([actor, target, top[:, 0]], -1)), self.tone(torch.cat([target, top[:, 0]], -1))

    def _layers(self, hidden: Tensor, mask: Tensor, start: int, end: int | None) -> Tensor:
        # -1e4 instead of -inf: it survives float16 and int8 quantisation, and a row of padding stays finite.
        bias = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * -1e4
        for layer in self.encoder.encoder.layer[start:end]:
            out = layer(hidden, attention_mask=bias)
            hidden = out[0] if isinstance(out, tuple) else out
        return hidden


def load_network(folder: Path) -> Network:
    """The network of a weights folder (config.json, model.safetensors), in float32."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    network = Network(NetworkConfig(encoder=str(folder), **config["network"]), pretrained=False)
    network.load_state_dict(read_weights(folder))
    return network.eval()


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The weights of a run's folder (weights.safetensors) or of one that serves (model.safetensors), by name, in float32."""
    path = next((p for name in ("weights.safetensors", "model.safetensors") if (p := folder / name).exists()), folder / "model.safetensors")
    return {name: value.float() for name, value in load_file(path).items()}


def _head(inputs: int, hidden: int, outputs: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(inputs, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, outputs))


def _mean(top: Tensor, chosen: Tensor) -> Tensor:
    weights = chosen.to(top.dtype).unsqueeze(-1)
    return (top * weights).sum(1) / weights.sum(1).clamp(min=1.0)


def mention_vectors(top: Tensor, rows: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """First, last and mean state of each mention: (mentions, 3 * hidden). `ends` is past the last token.

    top (windows, tokens, hidden); rows, starts, ends (mentions,).
    """
    sums = torch.nn.functional.pad(top.float().cumsum(1), (0, 0, 1, 0))
    mean = (sums[rows, ends] - sums[rows, starts]) / (ends - starts).unsqueeze(-1)
    return torch.cat([top[rows, starts].float(), top[rows, ends - 1].float(), mean], -1)
