"""`standpoint train`: one encoder, all tasks, checkpoints that a killed run goes on from."""

from __future__ import annotations

import json
import logging
import math
import random
import shutil
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from tqdm import tqdm

from model.torch_engine import TorchEngine, quick
from model.train.adapt import adapt
from model.train.config import ConfigInvalid, TrainConfig, encoder_folder, read_config
from model.train.datasets import (
    corpus_document,
    dse_examples,
    gum_documents,
    named_examples,
    newsmtsc_examples,
    read_corpus,
    read_dse,
    read_sentences,
)
from model.train.examples import DocumentBatch, DocumentExample, PairBatch, PairExample, document_batch, hide_names, pair_batch
from model.train.gold import Gold, figures
from model.train.losses import antecedent_loss, attitude_loss, span_loss, tone_loss
from model.train.network import SPAN_LABELS, Network, NetworkConfig, mention_vectors, read_weights

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 240
Example = PairExample | DocumentExample


@dataclass(frozen=True, slots=True)
class Run:
    """A run's folder: checkpoint.pt to go on from, metrics.jsonl, and weights.safetensors at the end."""

    folder: Path

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    @property
    def weights(self) -> Path:
        return self.folder / "weights.safetensors"

    def log(self, **values: Any) -> None:
        """One line of metrics.jsonl."""
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(values) + "\n")


def load_tokenizer(encoder: str) -> Tokenizer:
    """The encoder's own tokenizer, without padding and truncation: encoding.py does both."""
    tokenizer = Tokenizer.from_file(str(Path(encoder_folder(encoder)) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def load_examples(config: TrainConfig, data: Path, tokenizer: Tokenizer) -> dict[str, Sequence[Example]]:
    """Every training set that the configuration uses."""
    makers: dict[str, Callable[[], Sequence[Example]]] = {
        "dse": lambda: dse_examples(read_dse(data / "dse", "train"), tokenizer, crowd=config.crowd),
        "newsmtsc": lambda: newsmtsc_examples(data / "newsmtsc" / "train.jsonl", tokenizer),
        "gum": lambda: gum_documents(data / "gum" / "train.jsonl", tokenizer),
        "corpus": lambda: [corpus_document(record, tokenizer) for record in read_corpus("train")],
        "sentences": lambda: [corpus_document(record, tokenizer) for record in read_sentences(data)],
        "named": lambda: named_examples([*read_corpus("train"), *read_sentences(data)], tokenizer, seed=config.seed),
    }
    return {name: make() for name, make in makers.items() if config.repeat[name]}


def batches(examples: dict[str, Sequence[Example]], config: TrainConfig, epoch: int) -> list[list[Example]]:
    """The epoch's batches in their order, the same for the same seed; examples of like length stand together."""
    chance = random.Random(config.seed * 1000 + epoch)  # noqa: S311  an order, not a secret
    found: list[list[Example]] = []
    for name, whole in examples.items():
        for _ in range(config.repeat[name]):
            drawn = chance.sample(whole, min(len(whole), config.most.get(name, len(whole))))
            if isinstance(whole[0], DocumentExample):
                order = sorted(drawn, key=lambda d: max(map(len, d.windows)) + chance.random() * 30)  # type: ignore[union-attr]
                found += chunked(order, [len(d.windows) for d in order], config.windows_per_batch)  # type: ignore[union-attr]
            else:
                order = sorted(drawn, key=lambda e: len(e.window) + chance.random() * 4)  # type: ignore[union-attr]
                found += chunked(order, [1] * len(order), config.pairs_per_batch)
    chance.shuffle(found)
    return found


def chunked(items: Sequence[Example], sizes: Sequence[int], most: int) -> list[list[Example]]:
    """Runs of items, in order, each as long as its sizes add up to at most `most`; a larger item stands alone."""
    found: list[list[Example]] = []
    room = 0
    for item, size in zip(items, sizes, strict=True):
        if size > room or not found:
            found.append([])
            room = most
        found[-1].append(item)
        room -= size
    return found


def losses(network: Network, batch: PairBatch | DocumentBatch) -> dict[str, Tensor]:
    """The losses of one batch by name (LOSSES); those that its data set has no labels for are left out."""
    pairs = batch.pairs if isinstance(batch, DocumentBatch) else batch
    lower = network.lower(pairs.ids, pairs.cases, pairs.segments, pairs.mask)
    found: dict[str, Tensor] = {}
    if len(pairs.rows):
        attitude, tone = network.judge(lower[pairs.rows, pairs.columns], pairs.pair_mask, pairs.roles)
        found["pair"] = attitude_loss(attitude, pairs.allowed)
        found["tone"] = tone_loss(tone, pairs.tone)
    if isinstance(batch, DocumentBatch):
        top, spans = network.mark(lower, pairs.mask)
        found["span"] = span_loss(spans, batch.span_target, batch.span_valid)
        if len(batch.later):
            vectors = mention_vectors(top, batch.mention_rows, batch.mention_starts, batch.mention_ends)
            scores = network.antecedents(vectors, batch.later, batch.earlier, batch.features)
            found["antecedent"] = antecedent_loss(scores, batch.linked, batch.later, len(vectors))
    return found


class Average:
    """The running mean of the weights: steadier than the last step's (Izmailov et al. 2018; here with exponential decay)."""

    def __init__(self, network: Network, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.state = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, network: Network) -> None:
        """Take in the weights after a step; the first steps weigh more than the decay says, as there is nothing to remember yet."""
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 10))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.state[name].lerp_(value, 1 - decay)


def mean_of(these: Mapping[str, Tensor], those: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Halfway between two networks of one shape, by name; what is not a float is taken from the first."""
    return {name: torch.lerp(value, those[name].to(value), 0.5) if value.is_floating_point() else value for name, value in these.items()}


def _collate(chunk: Sequence[Example], config: TrainConfig, chance: random.Random, mask_id: int) -> PairBatch | DocumentBatch:
    if isinstance(chunk[0], DocumentExample):
        return document_batch(chunk, len(SPAN_LABELS), config.max_span)  # type: ignore[arg-type]
    return pair_batch([hide_names(e, chance, probability=config.hide_names, mask_id=mask_id) for e in chunk])  # type: ignore[arg-type]


def _optimizer(network: Network, config: TrainConfig) -> torch.optim.Optimizer:
    groups: dict[tuple[float, float], list[Tensor]] = defaultdict(list)
    for name, value in network.named_parameters():
        rate = config.encoder_rate if name.startswith("encoder.") else config.head_rate
        groups[rate, config.weight_decay if value.ndim > 1 else 0.0].append(value)
    return torch.optim.AdamW([{"params": p, "lr": rate, "weight_decay": decay} for (rate, decay), p in groups.items()])


def _rate(step: int, total: int, warmup: float) -> float:
    """Linear warm-up, then linear down to nothing."""
    first = max(1, math.ceil(total * warmup))
    return (step + 1) / first if step < first else max(0.0, (total - step) / max(1, total - first))


class Trainer:
    """The state of a run. `train` goes on from the run's checkpoint where there is one."""

    def __init__(self, config: TrainConfig, data: Path, run: Run, *, threads: int | None = None) -> None:
        if threads:
            torch.set_num_threads(threads)
        torch.manual_seed(config.seed)
        self.config, self.data, self.run = config, data, run
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.tokenizer = load_tokenizer(config.encoder)
        self.mask_id = self.tokenizer.token_to_id("[MASK]") or 0
        self.examples = load_examples(config, data, self.tokenizer)
        self.network = Network(NetworkConfig(encoder=encoder_folder(config.encoder))).to(self.device)
        if config.initial:
            self.network.load_state_dict(read_weights(Path(config.initial)))
        self.optimizer = _optimizer(self.network, config)
        self.average = Average(self.network, config.average)
        self.step = 0

    def train(self, evaluate: Callable[[Network], dict[str, float]] | None = None) -> Network:
        """Adaptation, then all epochs. Returns the network with its averaged weights."""
        starts = [0, *accumulate(len(batches(self.examples, self.config, epoch)) for epoch in range(self.config.epochs))]
        total = starts[-1]
        if not self._resume() and self.config.adapt_epochs:
            adapt(self.network, self.data, self.tokenizer, epochs=self.config.adapt_epochs, seed=self.config.seed)
            self.average = Average(self.network, self.config.average)
            self._save()
        bar = tqdm(total=total, initial=self.step, unit="batch", smoothing=0.02, mininterval=5)
        saved = time.monotonic()
        while self.step < total:
            epoch = bisect_right(starts, self.step) - 1  # epochs differ a little in their number of batches
            for chunk in batches(self.examples, self.config, epoch)[self.step - starts[epoch] :]:
                self._one(chunk, _rate(self.step, total, self.config.warmup), bar)
                if time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self._save()
                    saved = time.monotonic()
            self._save()
            if evaluate is not None:
                figures = self._averaged(evaluate)
                self.run.log(epoch=epoch + 1, **figures)
                logger.info("epoch %d: %s", epoch + 1, "  ".join(f"{k} {v:.4f}" for k, v in figures.items()))
        bar.close()
        self.network.load_state_dict(self.average.state)
        return self.network.eval()

    def _one(self, chunk: Sequence[Example], rate: float, bar: tqdm[Any]) -> None:
        self.network.train()
        chance = random.Random(self.config.seed * 1_000_000 + self.step)  # noqa: S311  the same after a resume
        batch = _to(_collate(chunk, self.config, chance, self.mask_id), self.device)
        with quick(self.device):
            found = losses(self.network, batch)
        loss = torch.stack([self.config.weight[name] * value for name, value in found.items()]).sum()
        if not torch.isfinite(loss):
            raise FloatingPointError(f"step {self.step}: a loss is not finite: { {k: v.item() for k, v in found.items()} }")
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = group.setdefault("peak", group["lr"]) * rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.average.update(self.network)
        self.step += 1
        bar.update()
        if self.step % 50 == 0:
            self.run.log(step=self.step, **{k: round(v.item(), 4) for k, v in found.items()})

    def _averaged(self, evaluate: Callable[[Network], dict[str, float]]) -> dict[str, float]:
        kept = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.average.state)
        try:
            return evaluate(self.network.eval())
        finally:
            self.network.load_state_dict(kept)

    def _save(self) -> None:
        state = {
            "config": asdict(self.config),
            "step": self.step,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state,
            "average_steps": self.average.steps,
            "random": torch.get_rng_state(),
        }
        partial = self.run.checkpoint.with_suffix(".part")
        torch.save(state, partial)
        partial.replace(self.run.checkpoint)  # a kill leaves the old checkpoint or the new one

    def _resume(self) -> bool:
        if not self.run.checkpoint.exists():
            return False
        state = torch.load(self.run.checkpoint, map_location=self.device, weights_only=True)
        if state["config"] != asdict(self.config):
            raise ConfigInvalid(f"{self.run.checkpoint} is of a run with another configuration; choose another --run folder")
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.state, self.average.steps = state["average"], state["average_steps"]
        torch.set_rng_state(state["random"].cpu())
        self.step = state["step"]
        logger.info("going on from step %d", self.step)
        return True


def _to(batch: PairBatch | DocumentBatch, device: torch.device) -> PairBatch | DocumentBatch:
    def moved(value: Any) -> Any:
        return _to(value, device) if isinstance(value, PairBatch) else value.to(device)

    return type(batch)(**{name: moved(getattr(batch, name)) for name in batch.__dataclass_fields__})


def run(config: Path, *, output: Path, seed: int | None = None, data: Path) -> None:
    """Train as `config` says into the folder `output`, or go on from its checkpoint. Raises DataMissing, ConfigInvalid."""
    settings = read_config(config)
    if seed is not None:
        settings = replace(settings, seed=seed)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]

    output.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(config, output / "config.toml")
    other = read_weights(Path(settings.mean_with)) if settings.mean_with else None  # now: a missing one must not cost a run
    trainer = Trainer(settings, data, Run(output))
    gold = Gold.load(data, trainer.tokenizer)

    def evaluate(network: Network) -> dict[str, float]:
        return figures(TorchEngine(network, fast=True), gold, max_span=settings.max_span)

    network = trainer.train(evaluate)
    if other is not None:
        network.load_state_dict(mean_of(network.state_dict(), other))
        trainer.run.log(mean_with=settings.mean_with, **evaluate(network))
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, trainer.run.weights)
    logger.info("weights are in %s; `standpoint export %s --output DIR` makes them ready to serve", trainer.run.weights, output)
