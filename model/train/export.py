"""`standpoint export`: a training run's weights as a folder that serving loads (float16 safetensors, int8 ONNX)."""

from __future__ import annotations

import copy
import json
import logging
import shutil
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from model.labels import ENTITY_TYPES
from model.train.config import encoder_folder, read_config
from model.train.network import Network, NetworkConfig
from model.weights import FILES, digest

logger = logging.getLogger(__name__)

OPSET = 18
# Kept in float: ONNX Runtime cannot multiply int8 by the stack of matrices of the span scorer, and the first layers' projections back
# from the feed-forward lose most by int8 (EXPERIMENTS.md).
IN_FLOAT = ["/spans/MatMul", "/layer.0/output/dense/MatMul", "/layer.1/output/dense/MatMul"]
# Tuned on the corpus dev split by `standpoint evaluate`; what was tried stands in EXPERIMENTS.md.
THRESHOLDS = {
    "mention": {"PERSON": 0.5, "ORG": 0.5, "COUNTRY": 0.5, "GROUP": 0.4, "ISSUE": 0.4},
    "stance": 0.7,
    "neutral": 2.0,
    "temperature": 1.8,
}


class _Encode(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: Tensor, cases: Tensor, segments: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        lower = self.network.lower(ids, cases, segments, mask)
        top, spans = self.network.mark(lower, mask)
        return lower, top, spans[:, : len(ENTITY_TYPES)]


class _RowQuantized(nn.Module):
    """An embedding in int8 with a scale for each row; ONNX Runtime's own quantiser has one for the whole matrix, and loses by it."""

    def __init__(self, embedding: nn.Embedding) -> None:
        super().__init__()
        weight = embedding.weight.detach()
        scale = weight.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("rows", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        """(...) ids -> (..., hidden)."""
        looked_up: Tensor = self.rows[ids].float() * self.scale[ids]  # type: ignore[index]
        return looked_up


class _Judge(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, states: Tensor, mask: Tensor, roles: Tensor) -> tuple[Tensor, Tensor]:
        return self.network.judge(states, mask, roles)


def run(checkpoint: Path, *, output: Path) -> None:
    """Write the folder that `--weights` takes from a run's folder (weights.safetensors, config.toml)."""
    config = read_config(checkpoint / "config.toml")
    encoder = Path(encoder_folder(config.encoder))
    network = Network(NetworkConfig(encoder=str(encoder)), pretrained=False)
    network.load_state_dict(load_file(checkpoint / "weights.safetensors"))
    network.eval()
    (output / "onnx").mkdir(parents=True, exist_ok=True)
    save_file({k: v.half().contiguous() for k, v in network.state_dict().items()}, output / "model.safetensors")
    network.load_state_dict({k: v.half().float() for k, v in network.state_dict().items()})  # both engines round from the same numbers
    shutil.copyfile(encoder / "tokenizer.json", output / "tokenizer.json")
    _graphs(network, output / "onnx")
    _write_config(encoder, config.name, network.config, output)


def _graphs(network: Network, folder: Path) -> None:
    windows, pairs, mentions = 2, 3, 4
    ids = torch.ones((windows, 7), dtype=torch.long)
    roles = torch.tensor([[0, 1, 1, 0, 2, 0]] * pairs)
    tokens = {0: "windows", 1: "tokens"}
    kept = {0: "pairs", 1: "kept"}
    hidden = network.case_embedding.embedding_dim
    features = network.antecedents.features.in_features
    serving = copy.deepcopy(network)
    serving.encoder.embeddings.word_embeddings = _RowQuantized(serving.encoder.embeddings.word_embeddings)
    _graph(_Encode(serving), (ids, ids * 0, ids * 0, ids), folder / "encode.onnx",
           {"ids": tokens, "cases": tokens, "segments": tokens, "mask": tokens},
           {"lower": tokens, "top": tokens, "spans": {0: "windows", 2: "tokens", 3: "tokens"}})  # fmt: skip
    _graph(_Judge(network), (torch.randn(pairs, 6, hidden), torch.ones_like(roles), roles), folder / "judge.onnx",
           {"states": kept, "mask": kept, "roles": kept}, {"attitude": {0: "pairs"}, "tone": {0: "pairs"}})  # fmt: skip
    index = torch.tensor([1, 2, 3, 3, 2])
    links = (torch.randn(mentions, 3 * hidden), index, index - 1, torch.randn(5, features))
    inputs = {"vectors": {0: "mentions"}, "later": {0: "pairs"}, "earlier": {0: "pairs"}, "features": {0: "pairs"}}
    _graph(network.antecedents, links, folder / "antecedents.onnx", inputs, {"scores": {0: "pairs"}})


def _graph(
    module: nn.Module, example: tuple[Tensor, ...], path: Path, inputs: dict[str, dict[int, str]], outputs: dict[str, dict[int, str]]
) -> None:
    full, prepared = path.with_suffix(".fp32.onnx"), path.with_suffix(".prepared.onnx")
    torch.onnx.export(
        module.eval(), example, str(full), input_names=list(inputs), output_names=list(outputs),
        dynamic_axes={**inputs, **outputs}, opset_version=OPSET, dynamo=False,
    )  # fmt: skip
    quant_pre_process(str(full), str(prepared), skip_symbolic_shape=True)
    # Seven bits of weight where most of the sums are: eight overflow int16 on processors without VNNI, and lose more on those with it.
    if path.stem == "encode" and (lost := set(IN_FLOAT) - {node.name for node in onnx.load(str(prepared)).graph.node}):
        raise ValueError(f"no node {sorted(lost)} in {path.name}: the names that torch gives have changed, see IN_FLOAT")
    quantize_dynamic(
        str(prepared), str(path), weight_type=QuantType.QInt8, per_channel=True,
        reduce_range=path.stem == "encode", nodes_to_exclude=IN_FLOAT,
    )  # fmt: skip
    onnx.checker.check_model(str(path))
    logger.info("%s: %.1f MB", path.name, path.stat().st_size / 1e6)
    full.unlink()
    prepared.unlink()


def _write_config(encoder: Path, name: str, shape: NetworkConfig, output: Path) -> None:
    config = json.loads((encoder / "config.json").read_text(encoding="utf-8"))
    files = ["tokenizer.json", *(f for files in FILES.values() for f in files)]
    config |= {
        "name": name,
        "network": {k: getattr(shape, k) for k in ("upper_layers", "span_dim", "antecedent_dim", "head_dropout")},
        "thresholds": THRESHOLDS,
        "sha256": {f: digest(output / f) for f in files},
    }
    (output / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
