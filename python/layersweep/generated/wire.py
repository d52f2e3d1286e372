# @generated from src/wire by scripts/generate-wire.ts; `npm run generate` writes it anew
# fmt: off
# ruff: noqa: E501
"""What TypeScript and Python tell each other: requests, events, results, probes, exit codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, TypeAlias

from layersweep.runtime import json_codec as codec


class ExitCode(IntEnum):
    DONE = 0
    INTERNAL_ERROR = 1
    BAD_REQUEST = 64
    OUT_OF_MEMORY = 70
    NON_FINITE_LOSS = 71
    DEVICE_LOST = 72
    DISK_FULL = 73
    RESTART_ME = 75


# of each stage: raised when its numbers change for the same configuration
NUMERICS_VERSIONS: dict[str, int] = {
    "teacher": 1,
    "importance": 1,
    "prune": 3,
    "finetune": 1,
    "evaluate": 1,
}


Split: TypeAlias = Literal["dev", "heldout-train", "split-dev"]


def read_split(value: object, path: str = "$") -> Split:
    return codec.choice(value, path, ("dev", "heldout-train", "split-dev"))


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceEmbedded:
    kind: Literal["embedded"] = "embedded"

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "SourceEmbedded":
        fields = codec.fields(value, path, ("kind",))
        return cls(
            kind=codec.constant(fields["kind"], f"{path}.kind", "embedded"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceDirectory:
    kind: Literal["directory"] = "directory"
    path: str

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "SourceDirectory":
        fields = codec.fields(value, path, ("kind", "path"))
        return cls(
            kind=codec.constant(fields["kind"], f"{path}.kind", "directory"),
            path=codec.string(fields["path"], f"{path}.path"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceHub:
    kind: Literal["hub"] = "hub"
    name: str
    commit: str

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "SourceHub":
        fields = codec.fields(value, path, ("kind", "name", "commit"))
        return cls(
            kind=codec.constant(fields["kind"], f"{path}.kind", "hub"),
            name=codec.string(fields["name"], f"{path}.name"),
            commit=codec.string(fields["commit"], f"{path}.commit", pattern="^[0-9a-f]{40}$"),
        )


Source: TypeAlias = SourceEmbedded | SourceDirectory | SourceHub


def read_source(value: object, path: str = "$") -> Source:
    match codec.tag(value, path, "kind", ("embedded", "directory", "hub")):
        case "embedded":
            return SourceEmbedded.from_json(value, path)
        case "directory":
            return SourceDirectory.from_json(value, path)
        case _:
            return SourceHub.from_json(value, path)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    name: str
    source: Source
    fingerprint: str
    split: Split
    max_train_examples: int | None
    max_eval_examples: int | None

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "Task":
        fields = codec.fields(value, path, ("name", "source", "fingerprint", "split", "maxTrainExamples", "maxEvalExamples"))
        return cls(
            name=codec.string(fields["name"], f"{path}.name"),
            source=read_source(fields["source"], f"{path}.source"),
            fingerprint=codec.string(fields["fingerprint"], f"{path}.fingerprint"),
            split=read_split(fields["split"], f"{path}.split"),
            max_train_examples=None if fields["maxTrainExamples"] is None else codec.integer(fields["maxTrainExamples"], f"{path}.maxTrainExamples", minimum=1),
            max_eval_examples=None if fields["maxEvalExamples"] is None else codec.integer(fields["maxEvalExamples"], f"{path}.maxEvalExamples", minimum=1),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelEmbedded:
    source: Literal["embedded"] = "embedded"
    layers: int
    fingerprint: str

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ModelEmbedded":
        fields = codec.fields(value, path, ("source", "layers", "fingerprint"))
        return cls(
            source=codec.constant(fields["source"], f"{path}.source", "embedded"),
            layers=codec.integer(fields["layers"], f"{path}.layers", minimum=1, maximum=24),
            fingerprint=codec.string(fields["fingerprint"], f"{path}.fingerprint", pattern="^[0-9a-f]{64}$"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelDirectory:
    source: Literal["directory"] = "directory"
    path: str
    fingerprint: str

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ModelDirectory":
        fields = codec.fields(value, path, ("source", "path", "fingerprint"))
        return cls(
            source=codec.constant(fields["source"], f"{path}.source", "directory"),
            path=codec.string(fields["path"], f"{path}.path"),
            fingerprint=codec.string(fields["fingerprint"], f"{path}.fingerprint", pattern="^[0-9a-f]{64}$"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelHub:
    source: Literal["hub"] = "hub"
    name: str
    commit: str

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ModelHub":
        fields = codec.fields(value, path, ("source", "name", "commit"))
        return cls(
            source=codec.constant(fields["source"], f"{path}.source", "hub"),
            name=codec.string(fields["name"], f"{path}.name"),
            commit=codec.string(fields["commit"], f"{path}.commit", pattern="^[0-9a-f]{40}$"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRandom:
    source: Literal["random"] = "random"
    layers: int
    hidden_size: int
    heads: int
    intermediate_size: int
    seed: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ModelRandom":
        fields = codec.fields(value, path, ("source", "layers", "hiddenSize", "heads", "intermediateSize", "seed"))
        return cls(
            source=codec.constant(fields["source"], f"{path}.source", "random"),
            layers=codec.integer(fields["layers"], f"{path}.layers", minimum=1),
            hidden_size=codec.integer(fields["hiddenSize"], f"{path}.hiddenSize", minimum=1),
            heads=codec.integer(fields["heads"], f"{path}.heads", minimum=1),
            intermediate_size=codec.integer(fields["intermediateSize"], f"{path}.intermediateSize", minimum=1),
            seed=codec.integer(fields["seed"], f"{path}.seed", minimum=0),
        )


Model: TypeAlias = ModelEmbedded | ModelDirectory | ModelHub | ModelRandom


def read_model(value: object, path: str = "$") -> Model:
    match codec.tag(value, path, "source", ("embedded", "directory", "hub", "random")):
        case "embedded":
            return ModelEmbedded.from_json(value, path)
        case "directory":
            return ModelDirectory.from_json(value, path)
        case "hub":
            return ModelHub.from_json(value, path)
        case _:
            return ModelRandom.from_json(value, path)


@dataclass(frozen=True, kw_only=True, slots=True)
class DurationSteps:
    unit: Literal["steps"] = "steps"
    count: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "DurationSteps":
        fields = codec.fields(value, path, ("unit", "count"))
        return cls(
            unit=codec.constant(fields["unit"], f"{path}.unit", "steps"),
            count=codec.integer(fields["count"], f"{path}.count", minimum=0),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class DurationEpochs:
    unit: Literal["epochs"] = "epochs"
    count: float

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "DurationEpochs":
        fields = codec.fields(value, path, ("unit", "count"))
        return cls(
            unit=codec.constant(fields["unit"], f"{path}.unit", "epochs"),
            count=codec.number(fields["count"], f"{path}.count", minimum=0),
        )


Duration: TypeAlias = DurationSteps | DurationEpochs


def read_duration(value: object, path: str = "$") -> Duration:
    match codec.tag(value, path, "unit", ("steps", "epochs")):
        case "steps":
            return DurationSteps.from_json(value, path)
        case _:
            return DurationEpochs.from_json(value, path)


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    duration: Duration
    batch_size: int
    accumulation_steps: int
    learning_rate: float
    learning_rate_schedule: Literal["linear", "constant"]
    warmup_fraction: float
    weight_decay: float
    gradient_clip: float
    max_length: int
    batching: Literal["shuffled", "bucketed"]
    eval_every_steps: int | None
    compile: bool

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "Training":
        fields = codec.fields(value, path, ("duration", "batchSize", "accumulationSteps", "learningRate", "learningRateSchedule", "warmupFraction", "weightDecay", "gradientClip", "maxLength", "batching", "evalEverySteps", "compile"))
        return cls(
            duration=read_duration(fields["duration"], f"{path}.duration"),
            batch_size=codec.integer(fields["batchSize"], f"{path}.batchSize", minimum=1),
            accumulation_steps=codec.integer(fields["accumulationSteps"], f"{path}.accumulationSteps", minimum=1),
            learning_rate=codec.number(fields["learningRate"], f"{path}.learningRate", above=0),
            learning_rate_schedule=codec.choice(fields["learningRateSchedule"], f"{path}.learningRateSchedule", ("linear", "constant")),
            warmup_fraction=codec.number(fields["warmupFraction"], f"{path}.warmupFraction", minimum=0, maximum=1),
            weight_decay=codec.number(fields["weightDecay"], f"{path}.weightDecay", minimum=0),
            gradient_clip=codec.number(fields["gradientClip"], f"{path}.gradientClip", above=0),
            max_length=codec.integer(fields["maxLength"], f"{path}.maxLength", minimum=2, maximum=512),
            batching=codec.choice(fields["batching"], f"{path}.batching", ("shuffled", "bucketed")),
            eval_every_steps=None if fields["evalEverySteps"] is None else codec.integer(fields["evalEverySteps"], f"{path}.evalEverySteps", minimum=1),
            compile=codec.boolean(fields["compile"], f"{path}.compile"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Distillation:
    prediction_weight: float
    layer_weight: float
    temperature: float

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "Distillation":
        fields = codec.fields(value, path, ("predictionWeight", "layerWeight", "temperature"))
        return cls(
            prediction_weight=codec.number(fields["predictionWeight"], f"{path}.predictionWeight", minimum=0),
            layer_weight=codec.number(fields["layerWeight"], f"{path}.layerWeight", minimum=0),
            temperature=codec.number(fields["temperature"], f"{path}.temperature", above=0),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Sparsity:
    target: float
    epsilon: float
    warmup: Duration
    calibrate: bool
    gates: tuple[Literal["heads", "intermediate", "hidden", "attention-layer", "feed-forward-layer"], ...]
    gate_learning_rate: float
    multiplier_learning_rate: float
    temperature: float
    initial_logit: float
    initial_intermediate_logit: float
    latch_target: bool

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "Sparsity":
        fields = codec.fields(value, path, ("target", "epsilon", "warmup", "calibrate", "gates", "gateLearningRate", "multiplierLearningRate", "temperature", "initialLogit", "initialIntermediateLogit", "latchTarget"))
        return cls(
            target=codec.number(fields["target"], f"{path}.target", minimum=0, maximum=1),
            epsilon=codec.number(fields["epsilon"], f"{path}.epsilon", minimum=0),
            warmup=read_duration(fields["warmup"], f"{path}.warmup"),
            calibrate=codec.boolean(fields["calibrate"], f"{path}.calibrate"),
            gates=tuple(codec.choice(item, at, ("heads", "intermediate", "hidden", "attention-layer", "feed-forward-layer")) for item, at in codec.items(fields["gates"], f"{path}.gates", minimum=1)),
            gate_learning_rate=codec.number(fields["gateLearningRate"], f"{path}.gateLearningRate", above=0),
            multiplier_learning_rate=codec.number(fields["multiplierLearningRate"], f"{path}.multiplierLearningRate", above=0),
            temperature=codec.number(fields["temperature"], f"{path}.temperature", above=0),
            initial_logit=codec.number(fields["initialLogit"], f"{path}.initialLogit"),
            initial_intermediate_logit=codec.number(fields["initialIntermediateLogit"], f"{path}.initialIntermediateLogit"),
            latch_target=codec.boolean(fields["latchTarget"], f"{path}.latchTarget"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class StrategyNone:
    kind: Literal["none"] = "none"
    rescale_prediction: bool

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "StrategyNone":
        fields = codec.fields(value, path, ("kind", "rescalePrediction"))
        return cls(
            kind=codec.constant(fields["kind"], f"{path}.kind", "none"),
            rescale_prediction=codec.boolean(fields["rescalePrediction"], f"{path}.rescalePrediction"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class StrategyModule:
    kind: Literal["module"] = "module"
    name: str
    file: str
    sha256: str

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "StrategyModule":
        fields = codec.fields(value, path, ("kind", "name", "file", "sha256"))
        return cls(
            kind=codec.constant(fields["kind"], f"{path}.kind", "module"),
            name=codec.string(fields["name"], f"{path}.name"),
            file=codec.string(fields["file"], f"{path}.file"),
            sha256=codec.string(fields["sha256"], f"{path}.sha256"),
        )


Strategy: TypeAlias = StrategyNone | StrategyModule


def read_strategy(value: object, path: str = "$") -> Strategy:
    match codec.tag(value, path, "kind", ("none", "module")):
        case "none":
            return StrategyNone.from_json(value, path)
        case _:
            return StrategyModule.from_json(value, path)


Defect: TypeAlias = Literal["best-from-zero", "best-never-saved", "single-logit-softmax"]


def read_defect(value: object, path: str = "$") -> Defect:
    return codec.choice(value, path, ("best-from-zero", "best-never-saved", "single-logit-softmax"))


Deviation: TypeAlias = Literal["best-from-zero", "best-never-saved", "single-logit-softmax", "prefinetune-100", "sparsity-latched", "intermediate-gates-half-open", "selected-on-reporting-set"]


def read_deviation(value: object, path: str = "$") -> Deviation:
    return codec.choice(value, path, ("best-from-zero", "best-never-saved", "single-logit-softmax", "prefinetune-100", "sparsity-latched", "intermediate-gates-half-open", "selected-on-reporting-set"))


@dataclass(frozen=True, kw_only=True, slots=True)
class TeacherConfigSeeds:
    initialisation: int
    data_order: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "TeacherConfigSeeds":
        fields = codec.fields(value, path, ("initialisation", "dataOrder"))
        return cls(
            initialisation=codec.integer(fields["initialisation"], f"{path}.initialisation", minimum=0),
            data_order=codec.integer(fields["dataOrder"], f"{path}.dataOrder", minimum=0),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class TeacherConfig:
    task: Task
    model: Model
    training: Training
    seeds: TeacherConfigSeeds

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "TeacherConfig":
        fields = codec.fields(value, path, ("task", "model", "training", "seeds"))
        return cls(
            task=Task.from_json(fields["task"], f"{path}.task"),
            model=read_model(fields["model"], f"{path}.model"),
            training=Training.from_json(fields["training"], f"{path}.training"),
            seeds=TeacherConfigSeeds.from_json(fields["seeds"], f"{path}.seeds"),
        )


ImportanceMeasure: TypeAlias = Literal["probe-accuracy", "cka-drop"]


def read_importance_measure(value: object, path: str = "$") -> ImportanceMeasure:
    return codec.choice(value, path, ("probe-accuracy", "cka-drop"))


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportanceConfig:
    task: Task
    measure: ImportanceMeasure
    max_length: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ImportanceConfig":
        fields = codec.fields(value, path, ("task", "measure", "maxLength"))
        return cls(
            task=Task.from_json(fields["task"], f"{path}.task"),
            measure=read_importance_measure(fields["measure"], f"{path}.measure"),
            max_length=codec.integer(fields["maxLength"], f"{path}.maxLength", minimum=2, maximum=512),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PruneConfigSeeds:
    initialisation: int
    data_order: int
    gate_noise: int
    layer_draws: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "PruneConfigSeeds":
        fields = codec.fields(value, path, ("initialisation", "dataOrder", "gateNoise", "layerDraws"))
        return cls(
            initialisation=codec.integer(fields["initialisation"], f"{path}.initialisation", minimum=0),
            data_order=codec.integer(fields["dataOrder"], f"{path}.dataOrder", minimum=0),
            gate_noise=codec.integer(fields["gateNoise"], f"{path}.gateNoise", minimum=0),
            layer_draws=codec.integer(fields["layerDraws"], f"{path}.layerDraws", minimum=0),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PruneConfig:
    task: Task
    model: Model
    student_start: Literal["pretrained", "teacher"]
    student_dropout: float | None
    strategy: Strategy
    distillation: Distillation
    training: Training
    prefinetune: Duration
    sparsity: Sparsity
    defects: tuple[Defect, ...]
    probe_every_steps: int | None
    seeds: PruneConfigSeeds

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "PruneConfig":
        fields = codec.fields(value, path, ("task", "model", "studentStart", "studentDropout", "strategy", "distillation", "training", "prefinetune", "sparsity", "defects", "probeEverySteps", "seeds"))
        return cls(
            task=Task.from_json(fields["task"], f"{path}.task"),
            model=read_model(fields["model"], f"{path}.model"),
            student_start=codec.choice(fields["studentStart"], f"{path}.studentStart", ("pretrained", "teacher")),
            student_dropout=None if fields["studentDropout"] is None else codec.number(fields["studentDropout"], f"{path}.studentDropout", minimum=0),
            strategy=read_strategy(fields["strategy"], f"{path}.strategy"),
            distillation=Distillation.from_json(fields["distillation"], f"{path}.distillation"),
            training=Training.from_json(fields["training"], f"{path}.training"),
            prefinetune=read_duration(fields["prefinetune"], f"{path}.prefinetune"),
            sparsity=Sparsity.from_json(fields["sparsity"], f"{path}.sparsity"),
            defects=tuple(read_defect(item, at) for item, at in codec.items(fields["defects"], f"{path}.defects")),
            probe_every_steps=None if fields["probeEverySteps"] is None else codec.integer(fields["probeEverySteps"], f"{path}.probeEverySteps", minimum=1),
            seeds=PruneConfigSeeds.from_json(fields["seeds"], f"{path}.seeds"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class FinetuneConfigSeeds:
    initialisation: int
    data_order: int
    layer_draws: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "FinetuneConfigSeeds":
        fields = codec.fields(value, path, ("initialisation", "dataOrder", "layerDraws"))
        return cls(
            initialisation=codec.integer(fields["initialisation"], f"{path}.initialisation", minimum=0),
            data_order=codec.integer(fields["dataOrder"], f"{path}.dataOrder", minimum=0),
            layer_draws=codec.integer(fields["layerDraws"], f"{path}.layerDraws", minimum=0),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class FinetuneConfig:
    task: Task
    distillation: Distillation
    strategy: Strategy
    training: Training
    defects: tuple[Defect, ...]
    seeds: FinetuneConfigSeeds

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "FinetuneConfig":
        fields = codec.fields(value, path, ("task", "distillation", "strategy", "training", "defects", "seeds"))
        return cls(
            task=Task.from_json(fields["task"], f"{path}.task"),
            distillation=Distillation.from_json(fields["distillation"], f"{path}.distillation"),
            strategy=read_strategy(fields["strategy"], f"{path}.strategy"),
            training=Training.from_json(fields["training"], f"{path}.training"),
            defects=tuple(read_defect(item, at) for item, at in codec.items(fields["defects"], f"{path}.defects")),
            seeds=FinetuneConfigSeeds.from_json(fields["seeds"], f"{path}.seeds"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluateConfigSpeed:
    batch_size: int
    sequence_length: int
    rounds: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "EvaluateConfigSpeed":
        fields = codec.fields(value, path, ("batchSize", "sequenceLength", "rounds"))
        return cls(
            batch_size=codec.integer(fields["batchSize"], f"{path}.batchSize", minimum=1),
            sequence_length=codec.integer(fields["sequenceLength"], f"{path}.sequenceLength", minimum=2),
            rounds=codec.integer(fields["rounds"], f"{path}.rounds", minimum=1),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluateConfig:
    task: Task
    max_length: int
    speed: EvaluateConfigSpeed

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "EvaluateConfig":
        fields = codec.fields(value, path, ("task", "maxLength", "speed"))
        return cls(
            task=Task.from_json(fields["task"], f"{path}.task"),
            max_length=codec.integer(fields["maxLength"], f"{path}.maxLength", minimum=2, maximum=512),
            speed=EvaluateConfigSpeed.from_json(fields["speed"], f"{path}.speed"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Numerics:
    device: Literal["cpu", "cuda"]
    threads: int
    precision: Literal["float32", "bfloat16", "float16", "float64"]

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "Numerics":
        fields = codec.fields(value, path, ("device", "threads", "precision"))
        return cls(
            device=codec.choice(fields["device"], f"{path}.device", ("cpu", "cuda")),
            threads=codec.integer(fields["threads"], f"{path}.threads", minimum=1),
            precision=codec.choice(fields["precision"], f"{path}.precision", ("float32", "bfloat16", "float16", "float64")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestTeacher:
    schema_version: Literal[1] = 1
    key: str
    attempt: int
    numerics: Numerics
    stage_dir: str
    attempt_dir: str
    inputs: Mapping[str, str]
    embedded_data_dir: str | None
    heartbeat_seconds: float
    checkpoint_every_steps: int
    stage: Literal["teacher"] = "teacher"
    config: TeacherConfig

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "RequestTeacher":
        fields = codec.fields(value, path, ("schemaVersion", "key", "attempt", "numerics", "stageDir", "attemptDir", "inputs", "embeddedDataDir", "heartbeatSeconds", "checkpointEverySteps", "stage", "config"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            key=codec.string(fields["key"], f"{path}.key"),
            attempt=codec.integer(fields["attempt"], f"{path}.attempt", minimum=1),
            numerics=Numerics.from_json(fields["numerics"], f"{path}.numerics"),
            stage_dir=codec.string(fields["stageDir"], f"{path}.stageDir"),
            attempt_dir=codec.string(fields["attemptDir"], f"{path}.attemptDir"),
            inputs={name: codec.string(entry, at) for name, entry, at in codec.entries(fields["inputs"], f"{path}.inputs")},
            embedded_data_dir=None if fields["embeddedDataDir"] is None else codec.string(fields["embeddedDataDir"], f"{path}.embeddedDataDir"),
            heartbeat_seconds=codec.number(fields["heartbeatSeconds"], f"{path}.heartbeatSeconds", above=0),
            checkpoint_every_steps=codec.integer(fields["checkpointEverySteps"], f"{path}.checkpointEverySteps", minimum=1),
            stage=codec.constant(fields["stage"], f"{path}.stage", "teacher"),
            config=TeacherConfig.from_json(fields["config"], f"{path}.config"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestImportance:
    schema_version: Literal[1] = 1
    key: str
    attempt: int
    numerics: Numerics
    stage_dir: str
    attempt_dir: str
    inputs: Mapping[str, str]
    embedded_data_dir: str | None
    heartbeat_seconds: float
    checkpoint_every_steps: int
    stage: Literal["importance"] = "importance"
    config: ImportanceConfig

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "RequestImportance":
        fields = codec.fields(value, path, ("schemaVersion", "key", "attempt", "numerics", "stageDir", "attemptDir", "inputs", "embeddedDataDir", "heartbeatSeconds", "checkpointEverySteps", "stage", "config"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            key=codec.string(fields["key"], f"{path}.key"),
            attempt=codec.integer(fields["attempt"], f"{path}.attempt", minimum=1),
            numerics=Numerics.from_json(fields["numerics"], f"{path}.numerics"),
            stage_dir=codec.string(fields["stageDir"], f"{path}.stageDir"),
            attempt_dir=codec.string(fields["attemptDir"], f"{path}.attemptDir"),
            inputs={name: codec.string(entry, at) for name, entry, at in codec.entries(fields["inputs"], f"{path}.inputs")},
            embedded_data_dir=None if fields["embeddedDataDir"] is None else codec.string(fields["embeddedDataDir"], f"{path}.embeddedDataDir"),
            heartbeat_seconds=codec.number(fields["heartbeatSeconds"], f"{path}.heartbeatSeconds", above=0),
            checkpoint_every_steps=codec.integer(fields["checkpointEverySteps"], f"{path}.checkpointEverySteps", minimum=1),
            stage=codec.constant(fields["stage"], f"{path}.stage", "importance"),
            config=ImportanceConfig.from_json(fields["config"], f"{path}.config"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestPrune:
    schema_version: Literal[1] = 1
    key: str
    attempt: int
    numerics: Numerics
    stage_dir: str
    attempt_dir: str
    inputs: Mapping[str, str]
    embedded_data_dir: str | None
    heartbeat_seconds: float
    checkpoint_every_steps: int
    stage: Literal["prune"] = "prune"
    config: PruneConfig

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "RequestPrune":
        fields = codec.fields(value, path, ("schemaVersion", "key", "attempt", "numerics", "stageDir", "attemptDir", "inputs", "embeddedDataDir", "heartbeatSeconds", "checkpointEverySteps", "stage", "config"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            key=codec.string(fields["key"], f"{path}.key"),
            attempt=codec.integer(fields["attempt"], f"{path}.attempt", minimum=1),
            numerics=Numerics.from_json(fields["numerics"], f"{path}.numerics"),
            stage_dir=codec.string(fields["stageDir"], f"{path}.stageDir"),
            attempt_dir=codec.string(fields["attemptDir"], f"{path}.attemptDir"),
            inputs={name: codec.string(entry, at) for name, entry, at in codec.entries(fields["inputs"], f"{path}.inputs")},
            embedded_data_dir=None if fields["embeddedDataDir"] is None else codec.string(fields["embeddedDataDir"], f"{path}.embeddedDataDir"),
            heartbeat_seconds=codec.number(fields["heartbeatSeconds"], f"{path}.heartbeatSeconds", above=0),
            checkpoint_every_steps=codec.integer(fields["checkpointEverySteps"], f"{path}.checkpointEverySteps", minimum=1),
            stage=codec.constant(fields["stage"], f"{path}.stage", "prune"),
            config=PruneConfig.from_json(fields["config"], f"{path}.config"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestFinetune:
    schema_version: Literal[1] = 1
    key: str
    attempt: int
    numerics: Numerics
    stage_dir: str
    attempt_dir: str
    inputs: Mapping[str, str]
    embedded_data_dir: str | None
    heartbeat_seconds: float
    checkpoint_every_steps: int
    stage: Literal["finetune"] = "finetune"
    config: FinetuneConfig

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "RequestFinetune":
        fields = codec.fields(value, path, ("schemaVersion", "key", "attempt", "numerics", "stageDir", "attemptDir", "inputs", "embeddedDataDir", "heartbeatSeconds", "checkpointEverySteps", "stage", "config"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            key=codec.string(fields["key"], f"{path}.key"),
            attempt=codec.integer(fields["attempt"], f"{path}.attempt", minimum=1),
            numerics=Numerics.from_json(fields["numerics"], f"{path}.numerics"),
            stage_dir=codec.string(fields["stageDir"], f"{path}.stageDir"),
            attempt_dir=codec.string(fields["attemptDir"], f"{path}.attemptDir"),
            inputs={name: codec.string(entry, at) for name, entry, at in codec.entries(fields["inputs"], f"{path}.inputs")},
            embedded_data_dir=None if fields["embeddedDataDir"] is None else codec.string(fields["embeddedDataDir"], f"{path}.embeddedDataDir"),
            heartbeat_seconds=codec.number(fields["heartbeatSeconds"], f"{path}.heartbeatSeconds", above=0),
            checkpoint_every_steps=codec.integer(fields["checkpointEverySteps"], f"{path}.checkpointEverySteps", minimum=1),
            stage=codec.constant(fields["stage"], f"{path}.stage", "finetune"),
            config=FinetuneConfig.from_json(fields["config"], f"{path}.config"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestEvaluate:
    schema_version: Literal[1] = 1
    key: str
    attempt: int
    numerics: Numerics
    stage_dir: str
    attempt_dir: str
    inputs: Mapping[str, str]
    embedded_data_dir: str | None
    heartbeat_seconds: float
    checkpoint_every_steps: int
    stage: Literal["evaluate"] = "evaluate"
    config: EvaluateConfig

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "RequestEvaluate":
        fields = codec.fields(value, path, ("schemaVersion", "key", "attempt", "numerics", "stageDir", "attemptDir", "inputs", "embeddedDataDir", "heartbeatSeconds", "checkpointEverySteps", "stage", "config"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            key=codec.string(fields["key"], f"{path}.key"),
            attempt=codec.integer(fields["attempt"], f"{path}.attempt", minimum=1),
            numerics=Numerics.from_json(fields["numerics"], f"{path}.numerics"),
            stage_dir=codec.string(fields["stageDir"], f"{path}.stageDir"),
            attempt_dir=codec.string(fields["attemptDir"], f"{path}.attemptDir"),
            inputs={name: codec.string(entry, at) for name, entry, at in codec.entries(fields["inputs"], f"{path}.inputs")},
            embedded_data_dir=None if fields["embeddedDataDir"] is None else codec.string(fields["embeddedDataDir"], f"{path}.embeddedDataDir"),
            heartbeat_seconds=codec.number(fields["heartbeatSeconds"], f"{path}.heartbeatSeconds", above=0),
            checkpoint_every_steps=codec.integer(fields["checkpointEverySteps"], f"{path}.checkpointEverySteps", minimum=1),
            stage=codec.constant(fields["stage"], f"{path}.stage", "evaluate"),
            config=EvaluateConfig.from_json(fields["config"], f"{path}.config"),
        )


Request: TypeAlias = RequestTeacher | RequestImportance | RequestPrune | RequestFinetune | RequestEvaluate


def read_request(value: object, path: str = "$") -> Request:
    match codec.tag(value, path, "stage", ("teacher", "importance", "prune", "finetune", "evaluate")):
        case "teacher":
            return RequestTeacher.from_json(value, path)
        case "importance":
            return RequestImportance.from_json(value, path)
        case "prune":
            return RequestPrune.from_json(value, path)
        case "finetune":
            return RequestFinetune.from_json(value, path)
        case _:
            return RequestEvaluate.from_json(value, path)


@dataclass(frozen=True, kw_only=True, slots=True)
class EventStarted:
    at_ms: float
    schema_version: Literal[1] = 1
    event: Literal["started"] = "started"
    resumed_from_step: int | None

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "EventStarted":
        fields = codec.fields(value, path, ("atMs", "schemaVersion", "event", "resumedFromStep"))
        return cls(
            at_ms=codec.number(fields["atMs"], f"{path}.atMs"),
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            event=codec.constant(fields["event"], f"{path}.event", "started"),
            resumed_from_step=None if fields["resumedFromStep"] is None else codec.integer(fields["resumedFromStep"], f"{path}.resumedFromStep", minimum=0),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EventHeartbeat:
    at_ms: float
    schema_version: Literal[1] = 1
    event: Literal["heartbeat"] = "heartbeat"

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "EventHeartbeat":
        fields = codec.fields(value, path, ("atMs", "schemaVersion", "event"))
        return cls(
            at_ms=codec.number(fields["atMs"], f"{path}.atMs"),
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            event=codec.constant(fields["event"], f"{path}.event", "heartbeat"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EventProgress:
    at_ms: float
    schema_version: Literal[1] = 1
    event: Literal["progress"] = "progress"
    phase: str
    step: int
    total_steps: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "EventProgress":
        fields = codec.fields(value, path, ("atMs", "schemaVersion", "event", "phase", "step", "totalSteps"))
        return cls(
            at_ms=codec.number(fields["atMs"], f"{path}.atMs"),
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            event=codec.constant(fields["event"], f"{path}.event", "progress"),
            phase=codec.string(fields["phase"], f"{path}.phase"),
            step=codec.integer(fields["step"], f"{path}.step", minimum=0),
            total_steps=codec.integer(fields["totalSteps"], f"{path}.totalSteps", minimum=0),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EventMetrics:
    at_ms: float
    schema_version: Literal[1] = 1
    event: Literal["metrics"] = "metrics"
    step: int
    values: Mapping[str, float | None]

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "EventMetrics":
        fields = codec.fields(value, path, ("atMs", "schemaVersion", "event", "step", "values"))
        return cls(
            at_ms=codec.number(fields["atMs"], f"{path}.atMs"),
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            event=codec.constant(fields["event"], f"{path}.event", "metrics"),
            step=codec.integer(fields["step"], f"{path}.step", minimum=0),
            values={name: None if entry is None else codec.number(entry, at) for name, entry, at in codec.entries(fields["values"], f"{path}.values")},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EventChoices:
    at_ms: float
    schema_version: Literal[1] = 1
    event: Literal["choices"] = "choices"
    steps: tuple[int, ...]
    drawn_layers: tuple[tuple[int, ...], ...]
    alignments: tuple[tuple[int, ...], ...]
    steps_without_survivor: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "EventChoices":
        fields = codec.fields(value, path, ("atMs", "schemaVersion", "event", "steps", "drawnLayers", "alignments", "stepsWithoutSurvivor"))
        return cls(
            at_ms=codec.number(fields["atMs"], f"{path}.atMs"),
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            event=codec.constant(fields["event"], f"{path}.event", "choices"),
            steps=tuple(codec.integer(item, at, minimum=0) for item, at in codec.items(fields["steps"], f"{path}.steps")),
            drawn_layers=tuple(tuple(codec.integer(item, at) for item, at in codec.items(item, at)) for item, at in codec.items(fields["drawnLayers"], f"{path}.drawnLayers")),
            alignments=tuple(tuple(codec.integer(item, at) for item, at in codec.items(item, at)) for item, at in codec.items(fields["alignments"], f"{path}.alignments")),
            steps_without_survivor=codec.integer(fields["stepsWithoutSurvivor"], f"{path}.stepsWithoutSurvivor", minimum=0),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EventCheckpoint:
    at_ms: float
    schema_version: Literal[1] = 1
    event: Literal["checkpoint"] = "checkpoint"
    step: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "EventCheckpoint":
        fields = codec.fields(value, path, ("atMs", "schemaVersion", "event", "step"))
        return cls(
            at_ms=codec.number(fields["atMs"], f"{path}.atMs"),
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            event=codec.constant(fields["event"], f"{path}.event", "checkpoint"),
            step=codec.integer(fields["step"], f"{path}.step", minimum=0),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EventWarning:
    at_ms: float
    schema_version: Literal[1] = 1
    event: Literal["warning"] = "warning"
    message: str

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "EventWarning":
        fields = codec.fields(value, path, ("atMs", "schemaVersion", "event", "message"))
        return cls(
            at_ms=codec.number(fields["atMs"], f"{path}.atMs"),
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            event=codec.constant(fields["event"], f"{path}.event", "warning"),
            message=codec.string(fields["message"], f"{path}.message"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFailed:
    at_ms: float
    schema_version: Literal[1] = 1
    event: Literal["failed"] = "failed"
    kind: str
    message: str
    step: int | None

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "EventFailed":
        fields = codec.fields(value, path, ("atMs", "schemaVersion", "event", "kind", "message", "step"))
        return cls(
            at_ms=codec.number(fields["atMs"], f"{path}.atMs"),
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            event=codec.constant(fields["event"], f"{path}.event", "failed"),
            kind=codec.string(fields["kind"], f"{path}.kind"),
            message=codec.string(fields["message"], f"{path}.message"),
            step=None if fields["step"] is None else codec.integer(fields["step"], f"{path}.step", minimum=0),
        )


Event: TypeAlias = EventStarted | EventHeartbeat | EventProgress | EventMetrics | EventChoices | EventCheckpoint | EventWarning | EventFailed


def read_event(value: object, path: str = "$") -> Event:
    match codec.tag(value, path, "event", ("started", "heartbeat", "progress", "metrics", "choices", "checkpoint", "warning", "failed")):
        case "started":
            return EventStarted.from_json(value, path)
        case "heartbeat":
            return EventHeartbeat.from_json(value, path)
        case "progress":
            return EventProgress.from_json(value, path)
        case "metrics":
            return EventMetrics.from_json(value, path)
        case "choices":
            return EventChoices.from_json(value, path)
        case "checkpoint":
            return EventCheckpoint.from_json(value, path)
        case "warning":
            return EventWarning.from_json(value, path)
        case _:
            return EventFailed.from_json(value, path)


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    packages: Mapping[str, str]
    device: str
    seconds: float
    steps: int
    peak_memory_bytes: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "Provenance":
        fields = codec.fields(value, path, ("packages", "device", "seconds", "steps", "peakMemoryBytes"))
        return cls(
            packages={name: codec.string(entry, at) for name, entry, at in codec.entries(fields["packages"], f"{path}.packages")},
            device=codec.string(fields["device"], f"{path}.device"),
            seconds=codec.number(fields["seconds"], f"{path}.seconds"),
            steps=codec.integer(fields["steps"], f"{path}.steps"),
            peak_memory_bytes=codec.integer(fields["peakMemoryBytes"], f"{path}.peakMemoryBytes"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultTeacher:
    schema_version: Literal[1] = 1
    key: str
    provenance: Provenance
    stage: Literal["teacher"] = "teacher"
    selection: Mapping[str, float]
    best_step: int
    report: Mapping[str, float] | None

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ResultTeacher":
        fields = codec.fields(value, path, ("schemaVersion", "key", "provenance", "stage", "selection", "bestStep", "report"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            key=codec.string(fields["key"], f"{path}.key"),
            provenance=Provenance.from_json(fields["provenance"], f"{path}.provenance"),
            stage=codec.constant(fields["stage"], f"{path}.stage", "teacher"),
            selection={name: codec.number(entry, at) for name, entry, at in codec.entries(fields["selection"], f"{path}.selection")},
            best_step=codec.integer(fields["bestStep"], f"{path}.bestStep"),
            report=None if fields["report"] is None else {name: codec.number(entry, at) for name, entry, at in codec.entries(fields["report"], f"{path}.report")},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultImportance:
    schema_version: Literal[1] = 1
    key: str
    provenance: Provenance
    stage: Literal["importance"] = "importance"
    measure: ImportanceMeasure
    importance: tuple[float, ...]
    rows: int

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ResultImportance":
        fields = codec.fields(value, path, ("schemaVersion", "key", "provenance", "stage", "measure", "importance", "rows"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            key=codec.string(fields["key"], f"{path}.key"),
            provenance=Provenance.from_json(fields["provenance"], f"{path}.provenance"),
            stage=codec.constant(fields["stage"], f"{path}.stage", "importance"),
            measure=read_importance_measure(fields["measure"], f"{path}.measure"),
            importance=tuple(codec.number(item, at) for item, at in codec.items(fields["importance"], f"{path}.importance", minimum=1)),
            rows=codec.integer(fields["rows"], f"{path}.rows", minimum=1),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Structure:
    sparsity: float
    expected_sparsity: float | None
    parameter_sparsity: float
    parameters: int
    hidden_size: int
    heads_per_layer: tuple[int, ...]
    intermediate_per_layer: tuple[int, ...]
    attention_layers: tuple[int, ...]
    feed_forward_layers: tuple[int, ...]

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "Structure":
        fields = codec.fields(value, path, ("sparsity", "expectedSparsity", "parameterSparsity", "parameters", "hiddenSize", "headsPerLayer", "intermediatePerLayer", "attentionLayers", "feedForwardLayers"))
        return cls(
            sparsity=codec.number(fields["sparsity"], f"{path}.sparsity"),
            expected_sparsity=None if fields["expectedSparsity"] is None else codec.number(fields["expectedSparsity"], f"{path}.expectedSparsity"),
            parameter_sparsity=codec.number(fields["parameterSparsity"], f"{path}.parameterSparsity"),
            parameters=codec.integer(fields["parameters"], f"{path}.parameters"),
            hidden_size=codec.integer(fields["hiddenSize"], f"{path}.hiddenSize"),
            heads_per_layer=tuple(codec.integer(item, at) for item, at in codec.items(fields["headsPerLayer"], f"{path}.headsPerLayer")),
            intermediate_per_layer=tuple(codec.integer(item, at) for item, at in codec.items(fields["intermediatePerLayer"], f"{path}.intermediatePerLayer")),
            attention_layers=tuple(codec.integer(item, at) for item, at in codec.items(fields["attentionLayers"], f"{path}.attentionLayers")),
            feed_forward_layers=tuple(codec.integer(item, at) for item, at in codec.items(fields["feedForwardLayers"], f"{path}.feedForwardLayers")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    sparsity_before: float
    logit_shift: float

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "Calibration":
        fields = codec.fields(value, path, ("sparsityBefore", "logitShift"))
        return cls(
            sparsity_before=codec.number(fields["sparsityBefore"], f"{path}.sparsityBefore"),
            logit_shift=codec.number(fields["logitShift"], f"{path}.logitShift"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultPrune:
    schema_version: Literal[1] = 1
    key: str
    provenance: Provenance
    stage: Literal["prune"] = "prune"
    selection: Mapping[str, float]
    best_step: int
    structure: Structure
    target: Literal["reached", "target-not-reached"]
    calibration: Calibration | None
    deviations: tuple[Deviation, ...]
    steps_without_survivor: int
    probes: tuple[str, ...]
    choices: str | None

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ResultPrune":
        fields = codec.fields(value, path, ("schemaVersion", "key", "provenance", "stage", "selection", "bestStep", "structure", "target", "calibration", "deviations", "stepsWithoutSurvivor", "probes", "choices"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            key=codec.string(fields["key"], f"{path}.key"),
            provenance=Provenance.from_json(fields["provenance"], f"{path}.provenance"),
            stage=codec.constant(fields["stage"], f"{path}.stage", "prune"),
            selection={name: codec.number(entry, at) for name, entry, at in codec.entries(fields["selection"], f"{path}.selection")},
            best_step=codec.integer(fields["bestStep"], f"{path}.bestStep"),
            structure=Structure.from_json(fields["structure"], f"{path}.structure"),
            target=codec.choice(fields["target"], f"{path}.target", ("reached", "target-not-reached")),
            calibration=None if fields["calibration"] is None else Calibration.from_json(fields["calibration"], f"{path}.calibration"),
            deviations=tuple(read_deviation(item, at) for item, at in codec.items(fields["deviations"], f"{path}.deviations")),
            steps_without_survivor=codec.integer(fields["stepsWithoutSurvivor"], f"{path}.stepsWithoutSurvivor"),
            probes=tuple(codec.string(item, at) for item, at in codec.items(fields["probes"], f"{path}.probes")),
            choices=None if fields["choices"] is None else codec.string(fields["choices"], f"{path}.choices"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultFinetune:
    schema_version: Literal[1] = 1
    key: str
    provenance: Provenance
    stage: Literal["finetune"] = "finetune"
    selection: Mapping[str, float]
    best_step: int
    structure: Structure
    deviations: tuple[Deviation, ...]

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ResultFinetune":
        fields = codec.fields(value, path, ("schemaVersion", "key", "provenance", "stage", "selection", "bestStep", "structure", "deviations"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            key=codec.string(fields["key"], f"{path}.key"),
            provenance=Provenance.from_json(fields["provenance"], f"{path}.provenance"),
            stage=codec.constant(fields["stage"], f"{path}.stage", "finetune"),
            selection={name: codec.number(entry, at) for name, entry, at in codec.entries(fields["selection"], f"{path}.selection")},
            best_step=codec.integer(fields["bestStep"], f"{path}.bestStep"),
            structure=Structure.from_json(fields["structure"], f"{path}.structure"),
            deviations=tuple(read_deviation(item, at) for item, at in codec.items(fields["deviations"], f"{path}.deviations")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultEvaluateSpeed:
    batch_size: int
    sequence_length: int
    dense_seconds: tuple[float, ...]
    cut_seconds: tuple[float, ...]
    speedup: float

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ResultEvaluateSpeed":
        fields = codec.fields(value, path, ("batchSize", "sequenceLength", "denseSeconds", "cutSeconds", "speedup"))
        return cls(
            batch_size=codec.integer(fields["batchSize"], f"{path}.batchSize"),
            sequence_length=codec.integer(fields["sequenceLength"], f"{path}.sequenceLength"),
            dense_seconds=tuple(codec.number(item, at) for item, at in codec.items(fields["denseSeconds"], f"{path}.denseSeconds")),
            cut_seconds=tuple(codec.number(item, at) for item, at in codec.items(fields["cutSeconds"], f"{path}.cutSeconds")),
            speedup=codec.number(fields["speedup"], f"{path}.speedup"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultEvaluate:
    schema_version: Literal[1] = 1
    key: str
    provenance: Provenance
    stage: Literal["evaluate"] = "evaluate"
    split: Split
    metrics: Mapping[str, float]
    primary_metric: str
    examples: int
    majority_class: Mapping[str, float]
    structure: Structure
    speed: ResultEvaluateSpeed
    predictions: str

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ResultEvaluate":
        fields = codec.fields(value, path, ("schemaVersion", "key", "provenance", "stage", "split", "metrics", "primaryMetric", "examples", "majorityClass", "structure", "speed", "predictions"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            key=codec.string(fields["key"], f"{path}.key"),
            provenance=Provenance.from_json(fields["provenance"], f"{path}.provenance"),
            stage=codec.constant(fields["stage"], f"{path}.stage", "evaluate"),
            split=read_split(fields["split"], f"{path}.split"),
            metrics={name: codec.number(entry, at) for name, entry, at in codec.entries(fields["metrics"], f"{path}.metrics")},
            primary_metric=codec.string(fields["primaryMetric"], f"{path}.primaryMetric"),
            examples=codec.integer(fields["examples"], f"{path}.examples"),
            majority_class={name: codec.number(entry, at) for name, entry, at in codec.entries(fields["majorityClass"], f"{path}.majorityClass")},
            structure=Structure.from_json(fields["structure"], f"{path}.structure"),
            speed=ResultEvaluateSpeed.from_json(fields["speed"], f"{path}.speed"),
            predictions=codec.string(fields["predictions"], f"{path}.predictions"),
        )


Result: TypeAlias = ResultTeacher | ResultImportance | ResultPrune | ResultFinetune | ResultEvaluate


def read_result(value: object, path: str = "$") -> Result:
    match codec.tag(value, path, "stage", ("teacher", "importance", "prune", "finetune", "evaluate")):
        case "teacher":
            return ResultTeacher.from_json(value, path)
        case "importance":
            return ResultImportance.from_json(value, path)
        case "prune":
            return ResultPrune.from_json(value, path)
        case "finetune":
            return ResultFinetune.from_json(value, path)
        case _:
            return ResultEvaluate.from_json(value, path)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeMetadata:
    schema_version: Literal[1] = 1
    step: int
    epoch: int
    strategy_name: str
    strategy: object
    module_sha256: str
    states_dtype: Literal["float64", "float32", "bfloat16", "float16"]
    compute_dtype: Literal["float64", "float32", "bfloat16", "float16"]
    tf32: bool
    device: Literal["cpu", "cuda"]
    seed: int
    drawn_layers: tuple[int, ...]
    redraw_index: int
    expected_layers: float | None
    layer_importance: tuple[float, ...] | None
    realigned: bool

    @classmethod
    def from_json(cls, value: object, path: str = "$") -> "ProbeMetadata":
        fields = codec.fields(value, path, ("schemaVersion", "step", "epoch", "strategyName", "strategy", "moduleSha256", "statesDtype", "computeDtype", "tf32", "device", "seed", "drawnLayers", "redrawIndex", "expectedLayers", "layerImportance", "realigned"))
        return cls(
            schema_version=codec.constant(fields["schemaVersion"], f"{path}.schemaVersion", 1),
            step=codec.integer(fields["step"], f"{path}.step", minimum=0),
            epoch=codec.integer(fields["epoch"], f"{path}.epoch", minimum=0),
            strategy_name=codec.string(fields["strategyName"], f"{path}.strategyName"),
            strategy=fields["strategy"],
            module_sha256=codec.string(fields["moduleSha256"], f"{path}.moduleSha256"),
            states_dtype=codec.choice(fields["statesDtype"], f"{path}.statesDtype", ("float64", "float32", "bfloat16", "float16")),
            compute_dtype=codec.choice(fields["computeDtype"], f"{path}.computeDtype", ("float64", "float32", "bfloat16", "float16")),
            tf32=codec.boolean(fields["tf32"], f"{path}.tf32"),
            device=codec.choice(fields["device"], f"{path}.device", ("cpu", "cuda")),
            seed=codec.integer(fields["seed"], f"{path}.seed", minimum=0),
            drawn_layers=tuple(codec.integer(item, at) for item, at in codec.items(fields["drawnLayers"], f"{path}.drawnLayers")),
            redraw_index=codec.integer(fields["redrawIndex"], f"{path}.redrawIndex"),
            expected_layers=None if fields["expectedLayers"] is None else codec.number(fields["expectedLayers"], f"{path}.expectedLayers"),
            layer_importance=None if fields["layerImportance"] is None else tuple(codec.number(item, at) for item, at in codec.items(fields["layerImportance"], f"{path}.layerImportance")),
            realigned=codec.boolean(fields["realigned"], f"{path}.realigned"),
        )
