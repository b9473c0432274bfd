"""How large a calibration is."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

SIZES = {"prid": 89, "ilids": 150, "mars": 50, "aerial": 100, "plaza": 60}
"""Test people of each domain; as many others to train XQDA on."""
LEAST = 4
"""People of a scaled domain."""


class Settings(BaseModel):
    """Settings of a calibration: frozen, and an unknown key is an error.

    Attributes
    ----------
    people : test people of each domain; numbered from 1, the training people after them
    seed : the world's: its people and clothes
    camera_seeds : the same people are filmed with the cameras of each
    longest : tracklets are no longer than this many frames; None takes the domains' own lengths
    noise : measurement noise of the oracle, in standard deviations of the gait's traits
    draws : repeats of what is drawn at random, the oracle's noise and chance
    gaits : multiples of the gait's differences between twins
    variants : the domain in which twins walk and knobs are turned
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    people: dict[str, int] = SIZES
    seed: int = Field(0, ge=0)
    camera_seeds: tuple[int, ...] = Field((0, 1, 2, 3, 4), min_length=1)
    longest: int | None = Field(48, ge=1)
    noise: tuple[float, ...] = (0.5, 1.0, 2.0)
    draws: int = Field(20, ge=1)
    gaits: tuple[float, ...] = (1.0, 1.8)
    variants: str = "prid"

    @field_validator("people")
    @classmethod
    def _enough(cls, people: dict[str, int]) -> dict[str, int]:
        if not people or min(people.values()) < 2:
            raise ValueError("a domain needs two people or more")
        return people

    def scaled(self, share: float) -> Settings:
        """Return the settings with so large a share of the people, at least four of each domain."""
        fewer = {name: max(LEAST, round(share * count)) for name, count in self.people.items()}
        return Settings.model_validate(self.model_dump() | {"people": fewer})

    def quick(self) -> Settings:
        """Return settings of a few minutes, whose figures say that it works, and nothing of the world."""
        changes: dict[str, Any] = {"camera_seeds": self.camera_seeds[:2], "longest": 12}
        return Settings.model_validate(self.scaled(0.1).model_dump() | changes)
