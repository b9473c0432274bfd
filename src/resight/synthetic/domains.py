"""Domains of the world: what the cameras of one data set have in common, read from a YAML file."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator

from resight.errors import RecipeError
from resight.files import read_text
from resight.settings import first_problem
from resight.synthetic.sections import Backdrop, Boxes, Crowd, Light, Part, Response, View


class Domain(Part):
    """A domain: cameras, light, response, crowd, boxes, clothes.

    Attributes
    ----------
    name : names the domain's people and cameras in seeds; variants of one name share their people
    size : height and width of a tracklet's frames, pixels
    sensor : width and height of a whole camera view, pixels
    rate : frames a second
    frames : shortest and longest tracklet; lengths are even in their logarithm
    cameras : how many
    visits : cameras that each person passes, which ones being drawn; None is all
    tracklets : of each person at each camera
    outfits : different outfits for each person on average; 0.6 lets five people share three
    views : taken in turn by the cameras
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")
    description: str = ""
    size: tuple[int, int] = (128, 64)
    sensor: tuple[int, int] = (720, 576)
    rate: float = Field(25.0, gt=0, le=240)
    frames: tuple[int, int] = (24, 120)
    cameras: int = Field(2, ge=1, le=64)
    visits: int | None = Field(None, ge=1, exclude_if=lambda visits: visits is None)  # frames of before keep their keys
    tracklets: int = Field(1, ge=1, le=99)
    outfits: float = Field(0.6, gt=0, le=100)
    views: tuple[View, ...] = Field(min_length=1)
    light: Light = Light()
    response: Response = Response()
    crowd: Crowd = Crowd()
    boxes: Boxes = Boxes()
    backdrop: Backdrop = Backdrop()

    @model_validator(mode="before")
    @classmethod
    def _has_views(cls, content: Any) -> Any:
        if isinstance(content, dict) and "views" not in content:
            raise ValueError("views: missing; give some, or take those of a shipped domain, as like: prid")
        return content

    @model_validator(mode="after")
    def _sizes(self) -> Domain:
        if self.size[0] != 2 * self.size[1] or not 16 <= self.size[1] <= 512:
            raise ValueError("size is [height, width], twice as high as wide, 16 to 512 wide")
        if min(self.sensor) < 64 or max(self.sensor) > 8192:
            raise ValueError("sensor is [width, height], 64 to 8192 pixels each")
        if not 1 <= self.frames[0] <= self.frames[1]:
            raise ValueError("frames is [shortest, longest], from 1 on")
        if self.visits is not None and self.visits > self.cameras:
            raise ValueError(f"visits, {self.visits}, must not exceed cameras, {self.cameras}")
        return self

    def view(self, camera: int) -> View:
        """Return the view of a camera, numbered from 1."""
        return self.views[(camera - 1) % len(self.views)]

    def variant(self, **changes: Any) -> Domain:
        """Return the domain with keys set anew, ``__`` between levels: ``light__drift=1.5``; raises `RecipeError`."""
        content = self.model_dump()
        for key, value in changes.items():
            *parents, last = key.split("__")
            section = content
            for parent in parents:
                section = section.get(parent, {})
                if not isinstance(section, dict) or not section:
                    raise RecipeError(f"domain {self.name}: {key.replace('__', '.')}: unknown key")
            section[last] = value
        return parse_domain(content, self.name)

    def to_yaml(self) -> str:
        """Write the domain with every default spelt out, but `visits` and `clutter` where nothing is asked of them."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def shipped_domains() -> list[str]:
    """Return the names of the domains that come with Resight."""
    return sorted(p.name.removesuffix(".yaml") for p in _shipped().iterdir() if p.name.endswith(".yaml"))


def load_domain(domain: str | Path | Domain) -> Domain:
    """Read a domain by its shipped name or from a YAML file; a `Domain` is returned as it is.

    A file may begin from a shipped domain and set some keys anew: ``like: prid``.

    Raises
    ------
    RecipeError
        Where there is no such domain, it is no YAML, or a key is unknown or out of range: the sentence names the key.
    """
    if isinstance(domain, Domain):
        return domain
    path = Path(domain)
    if path.suffix in {".yaml", ".yml"}:
        if not path.is_file():
            raise RecipeError(f"{path}: no such domain file")
        content = _table(read_text(path), str(path))
        like = content.pop("like", None)
        if like is not None:
            content = _merged(_shipped_domain(_known(str(like), f"{path}: like: ")).model_dump(), content)
        return parse_domain(content, str(path))
    return _shipped_domain(_known(str(domain)))


def parse_domain(content: dict[str, Any], origin: str) -> Domain:
    """Check plain data against a domain's form; `origin` stands in the error's sentence."""
    try:
        return Domain.model_validate(content)
    except ValidationError as error:
        raise RecipeError(f"domain {origin}: {first_problem(error)}") from error


def _known(name: str, where: str = "") -> str:
    if name not in shipped_domains():
        raise RecipeError(
            f"{where}no synthetic domain named {name!r}; there are {', '.join(shipped_domains())}, or give a .yaml file"
        )
    return name


@lru_cache
def _shipped_domain(name: str) -> Domain:
    return parse_domain(_table((_shipped() / f"{name}.yaml").read_text(encoding="utf-8"), name), name)


def _table(text: str, origin: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"{origin}: not a YAML file ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise RecipeError(f"{origin}: a domain is a table of keys and values")
    return content


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Set keys anew, section by section; lists are replaced whole."""
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        result[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def _shipped() -> Any:
    return files("resight.synthetic") / "domains"
