"""The reference engine: the network as it was trained, in torch, on a GPU where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from model.encoding import Batch, Ints
from model.engine import Encoded, Floats, ModelUnusable
from model.labels import ENTITY_TYPES
from model.train.network import Network, load_network


def quick(device: torch.device) -> torch.autocast:
    """bfloat16 where the device multiplies in it; elsewhere it is emulated, some 90 times slower than float32 (EXPERIMENTS.md)."""
    native = device.type != "cpu" or torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=native)


class TorchEngine:
    """An Engine over a Network, in full precision, so that it can be the reference; `fast` computes as training does instead."""

    def __init__(self, network: Network, *, fast: bool = False) -> None:
        self.network = network.eval()
        self.device = next(network.parameters()).device
        self.autocast = quick(self.device) if fast else torch.autocast(self.device.type, enabled=False)

    @classmethod
    def load(cls, folder: Path) -> TorchEngine:
        """The network in a weights folder. Raises ModelUnusable where it cannot be loaded."""
        try:
            return cls(load_network(folder))
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelUnusable(f"cannot load {folder / 'model.safetensors'}: {error}") from error

    @torch.inference_mode()
    def encode(self, batch: Batch) -> Encoded:
        ids, cases, segments, mask = (self._tensor(a) for a in (batch.ids, batch.cases, batch.segments, batch.mask))
        with self.autocast:
            lower = self.network.lower(ids, cases, segments, mask)
            top, spans = self.network.mark(lower, mask)
        return Encoded(_array(lower), _array(top), _array(spans[:, : len(ENTITY_TYPES)]))

    @torch.inference_mode()
    def judge(self, states: Floats, mask: Ints, roles: Ints) -> tuple[Floats, Floats]:
        with self.autocast:
            attitude, tone = self.network.judge(self._tensor(states), self._tensor(mask), self._tensor(roles))
        return _array(attitude), _array(tone)

    @torch.inference_mode()
    def antecedents(self, vectors: Floats, later: Ints, earlier: Ints, features: Floats) -> Floats:
        return _array(self.network.antecedents(*(self._tensor(a) for a in (vectors, later, earlier, features))))

    def _tensor(self, array: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(array).to(self.device)


def _array(tensor: torch.Tensor) -> Floats:
    result: Floats = tensor.float().cpu().numpy()
    return result
