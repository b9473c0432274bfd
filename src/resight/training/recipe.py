"""Recipes: one YAML file holds a whole run, checked before anything starts."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from resight.clips import Augmentation, Preprocessing, Sampling
from resight.errors import RecipeError
from resight.files import read_text
from resight.metrics import METRICS, XQDA
from resight.settings import first_problem


class Part(BaseModel):
    """A section of a recipe: frozen; an unknown key is an error, and so is a number that is infinite or NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Source(Part):
    """One domain of the run: a data set's name, where it lies, and which of its splits."""

    dataset: str
    path: str | None = None
    domain: str | None = None
    split: str | None = None
    options: dict[str, Any] = {}
    train: bool = True
    test: bool = True

    @field_validator("domain")
    @classmethod
    def _stays(cls, value: str | None) -> str | None:
        """Results lie in files that bear the name."""
        if value is not None and (not value or value.startswith("/") or "\\" in value or ".." in value.split("/")):
            raise ValueError(f"{value!r} cannot name files within the run's folder")
        return value

    @property
    def name(self) -> str:
        """The domain's name in results: its own, or the data set's."""
        return self.domain or self.dataset


class Validation(Part):
    """People held out of every domain's training people, and how often they are ranked (in iterations)."""

    people: Annotated[int, Field(ge=0)] | Annotated[float, Field(ge=0, lt=1)] = 0.2
    every: int = Field(500, ge=1)


class Model(Part):
    """The network: its constructor's arguments, the weights it starts from, and the layers that stay as they are.

    With `weights`, width and kernels are the file's; `reinit_fc` keeps its convolutions alone, which take clips of any
    size. `freeze` names layers by how they begin: ``conv`` leaves only the fully connected ones to be trained.
    """

    name: Literal["c3d"] = "c3d"
    width: float = Field(1.0, gt=0)
    pool5: Literal["caffe", "sym"] = "caffe"
    norm: Literal["batch"] | None = None
    dropout: float = Field(0.5, ge=0, lt=1)
    temporal_kernel: Literal[1, 3] = 3
    paired: bool = True
    weights: str | None = None
    reinit_fc: bool = False
    freeze: tuple[str, ...] = ()


class Optimiser(Part):
    """SGD or AdamW, with a learning rate that is constant, falls by a step, or follows a cosine after a warm-up.

    `bias_rate` and `fc8_rate` multiply the learning rate of biases (2 in C3D's own solver) and of the new classifier.
    """

    name: Literal["sgd", "adamw"] = "sgd"
    lr: float = Field(1e-4, gt=0)
    momentum: float = Field(0.9, ge=0, lt=1)
    weight_decay: float = Field(5e-4, ge=0)
    schedule: Literal["constant", "step", "cosine"] = "step"
    warmup: int = Field(0, ge=0)
    step_at: int = Field(5000, ge=1)
    gamma: float = Field(0.1, gt=0)
    clip_gradient: float | None = Field(None, gt=0)
    bias_rate: float = Field(1.0, gt=0)
    fc8_rate: float = Field(1.0, gt=0)


class Loss(Part):
    """Softmax over all training people, and on the features a batch-hard triplet loss (Hermans et al. 2017) and a
    centre loss (Wen et al. 2016), by their weights.

    `margin` is the triplets' (none: the soft margin), `unit` measures them between features of length 1: distances are
    then at most 2, and the softmax is not drowned while features are long. `centre_rate` is how far a step moves the
    centres.
    """

    label_smoothing: float = Field(0.0, ge=0, lt=1)
    triplet: float = Field(0.0, ge=0)
    margin: float | None = Field(None, gt=0)
    unit: bool = False
    centre: float = Field(0.0, ge=0)
    centre_rate: float = Field(0.5, gt=0, le=1)


class Batches(Part):
    """How training clips are drawn: uniformly over all clips (the paper), by person, or by domain."""

    sampling: Literal["uniform", "person", "domain"] = "uniform"
    size: int = Field(50, ge=1)
    clips_per_person: int = Field(4, ge=1)
    accumulate: int = Field(1, ge=1)
    workers: int = Field(1, ge=0)
    cache_gb: float = Field(6.0, ge=0)


class Training(Part):
    """Iterations, optimiser, loss and batches."""

    iterations: int = Field(10_000, ge=1)
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    ema: float = Field(0.0, ge=0, lt=1)
    checkpoint_every: int = Field(500, ge=1)
    optimiser: Optimiser = Optimiser()
    loss: Loss = Loss()
    batches: Batches = Batches()


class Features(Part):
    """What the trained network gives: layer, before or after its ReLU, mirror images, and how clips are pooled.

    `stages` sets strip descriptors of convolution stages beside the layer: shallower, so less fitted to the training
    people, so that XQDA, learned on those same people, still finds what differs between persons.
    """

    layer: Literal["fc6", "fc7"] = "fc7"
    relu: bool = True
    stages: tuple[Literal["conv1a", "conv2a", "conv3b", "conv4b", "conv5b"], ...] = ()
    mirror: bool = False
    pool: Literal["mean", "max"] = "mean"
    normalise: bool = True
    batch: int = Field(16, ge=1)


def _metric(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"no metric named {name!r}; there are {', '.join(METRICS)}")
    return name


def _xqda(options: dict[str, Any]) -> dict[str, Any]:
    known = XQDA().get_params()
    for key in options:
        if key not in known:
            raise ValueError(f"XQDA has no option {key!r}; there are {', '.join(known)}")
    XQDA(**options).check_params()
    return options


class Metrics(Part):
    """The distances reported, XQDA's options, and what is tested beside the trained network.

    `by_camera` adds a row for every distance, on features standardised within their camera, of a network normalised so.
    """

    names: tuple[Annotated[str, AfterValidator(_metric)], ...] = ("euclidean", "xqda")
    xqda: Annotated[dict[str, Any], AfterValidator(_xqda)] = {}
    by_camera: bool = False
    colour: bool = True
    untrained: bool = True
    methods: tuple[str, ...] = ()


class Recipe(Part):
    """A whole run: data, network, training, features, metrics, seed."""

    name: str
    description: str = ""
    seed: int = Field(0, ge=0)
    data: tuple[Source, ...] = Field(min_length=1)
    validation: Validation = Validation()
    model: Model = Model()
    preprocessing: Preprocessing = Preprocessing()
    augmentation: Augmentation = Augmentation()
    clips: Sampling = Sampling()
    training: Training = Training()
    features: Features = Features()
    metrics: Metrics = Metrics()

    @field_validator("data")
    @classmethod
    def _apart(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        names = [source.name for source in sources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two sources are named {name!r}; give each a `domain` of its own")
        return sources

    def to_yaml(self) -> str:
        """Write the recipe with every default spelt out."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def shipped_recipes() -> list[str]:
    """Return the names of the recipes that come with Resight."""
    return sorted(p.name.removesuffix(".yaml") for p in _shipped().iterdir() if p.name.endswith(".yaml"))


def load_recipe(name: str | Path, **changes: Any) -> Recipe:
    """Read a recipe by its shipped name or from a YAML file.

    Parameters
    ----------
    name : str or Path
        ``paper``, ``demo`` …, or the path of a file.
    **changes
        Keys set anew, with ``__`` between levels: ``training__iterations=100``.

    Raises
    ------
    RecipeError
        Where there is no such recipe, it is no YAML, or a key is unknown or out of range: the sentence names the key.
    """
    path = Path(name)
    if path.suffix in {".yaml", ".yml"}:
        if not path.is_file():
            raise RecipeError(f"{path}: no such recipe file")
        text = read_text(path)
    elif str(name) in shipped_recipes():
        text = (_shipped() / f"{name}.yaml").read_text(encoding="utf-8")
    else:
        raise RecipeError(
            f"no recipe named {str(name)!r}; there are {', '.join(shipped_recipes())}, or give a .yaml file"
        )
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"{name}: not a YAML file ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise RecipeError(f"{name}: a recipe is a table of keys and values")
    for key, value in changes.items():
        *parents, last = key.split("__")
        section = content
        for parent in parents:
            section = section.setdefault(parent, {})
            if not isinstance(section, dict):
                raise RecipeError(f"recipe {name}: {'.'.join(parents)} is no table, so {last!r} cannot be set in it")
        section[last] = value
    return parse_recipe(content, str(name))


def parse_recipe(content: dict[str, Any], origin: str) -> Recipe:
    """Check plain data against the recipe's form; `origin` stands in the error's sentence."""
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise RecipeError(f"recipe {origin}: {first_problem(error)}") from error


def _shipped() -> Any:
    return files("resight") / "recipes"
