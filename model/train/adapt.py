"""Task-adaptive pretraining: the encoder learns to fill in masked words of the news that it is going to be trained on.

The encoder was last tuned for sentence embeddings; a few passes of masked-language modelling (Gururangan et al. 2020, "Don't stop
pretraining") make its token states better at spans. What was measured: EXPERIMENTS.md.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  the name that everyone knows it by
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from tqdm import tqdm

from model.encoding import Batch, Window, pad, windows
from model.records import Span
from model.torch_engine import quick
from model.train.datasets import read_corpus, read_jsonl
from model.train.network import Network

BATCH = 48
ENCODER_RATE, HEAD_RATE, WARMUP, CLIP = 1.5e-4, 1e-3, 0.06, 1.0
MASKED, MASK_TOKEN, RANDOM_TOKEN = 0.15, 0.8, 0.1  # shares of words, and of the chosen words (Devlin et al. 2019)
FIRST_WORD = 1000  # in BERT's vocabulary: [PAD], [CLS], punctuation and unused tokens stand before
IGNORED = -100


def adapt(network: Network, data: Path, tokenizer: Tokenizer, *, epochs: int, seed: int) -> None:
    """Train `network`'s encoder and case embeddings in place on the raw text of all training sets. Raises DataMissing."""
    rows = training_windows(data, tokenizer)
    chance, draw = random.Random(seed), np.random.default_rng(seed)  # noqa: S311  an order, not a secret
    vocabulary = network.encoder.embeddings.word_embeddings
    hidden, device = vocabulary.embedding_dim, vocabulary.weight.device
    head = nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), nn.LayerNorm(hidden)).to(device)
    bias = nn.Parameter(torch.zeros(vocabulary.num_embeddings, device=device))
    encoder = [value for name, value in network.named_parameters() if name.startswith(("encoder.", "case_"))]
    optimizer = torch.optim.AdamW(
        [{"params": encoder, "lr": ENCODER_RATE}, {"params": [*head.parameters(), bias], "lr": HEAD_RATE}], weight_decay=0.01
    )
    total = epochs * math.ceil(len(rows) / BATCH)
    first = math.ceil(total * WARMUP)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / first, (total - step) / (total - first)))
    bar = tqdm(total=total, unit="batch", desc="adapting", smoothing=0.02, mininterval=5)
    for _ in range(epochs):
        for chosen in _batches(rows, chance):
            batch = pad(chosen)
            ids, labels = mask_words(chosen, batch, draw, tokenizer.token_to_id("[MASK]") or 0, vocabulary.num_embeddings)
            known = torch.from_numpy(labels != IGNORED).to(device)
            with quick(device):
                top = _top(network, ids, batch, device)
                scores = head(top[known]) @ vocabulary.weight.T + bias
            loss = F.cross_entropy(scores.float(), torch.from_numpy(labels).to(device)[known])
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_([*encoder, *head.parameters(), bias], CLIP)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            schedule.step()
            bar.update()
            bar.set_postfix(loss=f"{loss.item():.2f}", refresh=False)
    bar.close()


def training_windows(data: Path, tokenizer: Tokenizer) -> list[Window]:
    """Every sentence of the training sets, in its window; a text that two sets share comes once."""
    sentences = {record["text"] for name in ("dse", "newsmtsc") for record in read_jsonl(data / name / "train.jsonl")}
    texts = [(text, [Span(0, len(text))]) for text in sorted(sentences)]
    for record in [*read_jsonl(data / "gum" / "train.jsonl"), *read_corpus("train")]:
        texts.append((record["text"], [Span(s["start"], s["end"]) for s in record["sentences"]]))
    return [window for text, spans in texts for window in windows(text, spans, tokenizer)]


def mask_words(
    rows: Sequence[Window], batch: Batch, draw: np.random.Generator, mask_id: int, n_vocabulary: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids with whole words masked, and labels that are IGNORED everywhere else; both of the batch's shape (windows, tokens)."""
    ids, labels = batch.ids.copy(), np.full_like(batch.ids, IGNORED)
    for i, window in enumerate(rows):
        heads = np.flatnonzero(window.opens_word & (window.ids >= FIRST_WORD))
        for head in draw.choice(heads, math.ceil(MASKED * len(heads)), replace=False) if len(heads) else ():
            after = head + 1
            while not window.opens_word[after]:
                after += 1
            labels[i, head:after] = batch.ids[i, head:after]
            how = draw.random()
            if how < MASK_TOKEN:
                ids[i, head:after] = mask_id
            elif how < MASK_TOKEN + RANDOM_TOKEN:
                ids[i, head:after] = draw.integers(FIRST_WORD, n_vocabulary, after - head)
    return ids, labels


def _batches(rows: Sequence[Window], chance: random.Random) -> list[list[Window]]:
    order = sorted(rows, key=lambda w: len(w) + chance.random() * 6)
    found = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    chance.shuffle(found)
    return found


def _top(network: Network, ids: NDArray[np.int64], batch: Batch, device: torch.device) -> Tensor:
    words, cases, segments, mask = (torch.from_numpy(a).to(device) for a in (ids, batch.cases, batch.segments, batch.mask))
    return network.top(network.lower(words, cases, segments, mask), mask)
