"""Everything but the weights of a cut classifier: `config.json` beside its safetensors file."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from layersweep.model.gate_values import GateConfig
from layersweep.model.sparsity import Structure, structure_from_counts

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class CutConfig:
    """Shape of a cut classifier. Layers keep their number; what is gone has size 0 and a 0 in its layers tuple.

    A sublayer that is left without any unit (its own gate on, all heads or intermediate dimensions off) still adds its
    output bias and normalises, as it did under the gates.
    """

    model_type: str
    vocab_size: int
    positions: int
    token_types: int
    hidden_indices: tuple[int, ...]
    dense_hidden_size: int
    dense_intermediate_size: int
    dense_heads: int
    head_size: int
    heads_per_layer: tuple[int, ...]
    intermediate_per_layer: tuple[int, ...]
    attention_layers: tuple[int, ...]
    feed_forward_layers: tuple[int, ...]
    activation: str
    layer_norm_eps: float
    hidden_dropout: float
    attention_dropout: float
    classifier_dropout: float
    padding_id: int
    labels: tuple[str, ...]
    expected_sparsity: float | None

    @property
    def hidden_size(self) -> int:
        """Hidden dimensions left."""
        return len(self.hidden_indices)

    @property
    def dense(self) -> GateConfig:
        """Shape of the model that was cut."""
        return GateConfig(
            layers=self.layers,
            heads=self.dense_heads,
            head_size=self.head_size,
            hidden_size=self.dense_hidden_size,
            intermediate_size=self.dense_intermediate_size,
        )

    @property
    def structure(self) -> Structure:
        """What is left, as a stage reports it."""
        return structure_from_counts(
            self.dense,
            hidden_size=self.hidden_size,
            heads=self.heads_per_layer,
            intermediate=self.intermediate_per_layer,
            attention=self.attention_layers,
            feed_forward=self.feed_forward_layers,
            expected_sparsity=self.expected_sparsity,
        )

    @property
    def layers(self) -> int:
        """Layers, gone ones included."""
        return len(self.attention_layers)

    def save(self, path: Path) -> None:
        """Write as JSON."""
        document = {"schemaVersion": SCHEMA_VERSION, "architecture": "layersweep-cut-classifier", **asdict(self)}
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "CutConfig":
        """Read what `save` wrote; ValueError where it is something else."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ValueError(f"No cut model in {path.parent}: {path.name} is missing") from None
        except json.JSONDecodeError as error:
            raise ValueError(f"{path} is no JSON ({error}); was it written to the end?") from None
        names = {field.name for field in fields(cls)}
        if document.get("schemaVersion") != SCHEMA_VERSION or not names <= document.keys():
            raise ValueError(f"{path} is no configuration of a cut model (schemaVersion {SCHEMA_VERSION} expected)")
        values: dict[str, Any] = {name: document[name] for name in names}
        for name, value in values.items():
            values[name] = tuple(value) if isinstance(value, list) else value
        return cls(**values)
