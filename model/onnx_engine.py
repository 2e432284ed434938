"""The serving engine: ONNX Runtime on int8 weights, no torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort

from model.encoding import Batch, Ints
from model.engine import Encoded, Floats, ModelUnusable


class OnnxEngine:
    """An Engine over three graphs that share nothing but their weights' origin."""

    def __init__(self, encode: ort.InferenceSession, judge: ort.InferenceSession, antecedents: ort.InferenceSession) -> None:
        self._encode, self._judge, self._antecedents = encode, judge, antecedents

    @classmethod
    def load(cls, folder: Path) -> OnnxEngine:
        """The graphs in `folder`. Raises ModelUnusable where ONNX Runtime refuses one."""
        return cls(*(_session(folder / f"{name}.onnx") for name in ("encode", "judge", "antecedents")))

    def encode(self, batch: Batch) -> Encoded:
        inputs = {"ids": batch.ids, "cases": batch.cases, "segments": batch.segments, "mask": batch.mask}
        return Encoded(*self._encode.run(["lower", "top", "spans"], inputs))

    def judge(self, states: Floats, mask: Ints, roles: Ints) -> tuple[Floats, Floats]:
        attitude, tone = self._judge.run(["attitude", "tone"], {"states": states, "mask": mask, "roles": roles})
        return attitude, tone

    def antecedents(self, vectors: Floats, later: Ints, earlier: Ints, features: Floats) -> Floats:
        if not len(later):
            return np.zeros(0, dtype=np.float32)
        inputs = {"vectors": vectors, "later": later, "earlier": earlier, "features": features}
        (scores,) = self._antecedents.run(["scores"], inputs)
        result: Floats = scores
        return result


def _session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.enable_cpu_mem_arena = False  # the arena keeps the largest batch's memory for ever
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # two cores are shared with others
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no base class but Exception
        if type(error).__module__.startswith("onnxruntime"):
            raise ModelUnusable(f"ONNX Runtime cannot load {path}: {error}") from error
        raise
