"""Sections of a domain: view, light, response, crowd, boxes, backdrop; every knob by name.

Spans are ``[low, high]``: every camera or tracklet draws its own value between the two.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _two(span: Any) -> Any:
    if not isinstance(span, list | tuple) or len(span) != 2:
        raise ValueError("must be two numbers, [low, high]")
    return span


def _rising(span: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= span[0] <= span[1]:
        raise ValueError("must be [low, high] with 0 <= low <= high")
    return span


LIMITS = {
    "saturation": (0, 4),
    "gamma": (0.5, 4),
    "curve": (0, 1),
    "black": (0, 0.5),
    "blur": (0, 20),
    "noise": (0, 255),
    "jpeg": (1, 100),
}
"""Between which the spans of a response lie."""

Span = Annotated[tuple[float, float], BeforeValidator(_two), AfterValidator(_rising)]


class Part(BaseModel):
    """A section of a domain: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class View(Part):
    """Where a camera stands and how people walk before it.

    Attributes
    ----------
    height : metres above the ground; drawn evenly in its logarithm
    distance : metres along the ground to the middle of the walks; or
    depression : degrees that the camera looks down, from which the distance follows
    body : wanted height of a person of 1.70 m in the sensor's pixels, from which the lens follows; or
    lens : focal length in pixels
    headings : degrees of walk as seen: 0 to the right, 90 away from the camera, 180 to the left, 270 towards it
    spread : standard deviation of a tracklet's heading around one of these, degrees
    redraw : whether the camera takes a new place for every tracklet, as a flying one does
    drift : metres a second that a flying camera moves
    shake : radians by which its axis shakes
    """

    height: Span
    distance: Span | None = None
    depression: Span | None = None
    body: Span | None = None
    lens: float | None = Field(None, ge=10)
    headings: tuple[float, ...] = Field(min_length=1)
    spread: float = Field(8.0, ge=0)
    redraw: bool = False
    drift: float = Field(0.0, ge=0)
    shake: float = Field(0.0, ge=0, le=0.05)

    @model_validator(mode="after")
    def _one_of_each(self) -> View:
        if self.height[0] < 1 or (self.distance is not None and self.distance[0] < 2):
            raise ValueError("a camera stands at least 1 m high and 2 m away")
        if (self.distance is None) == (self.depression is None):
            raise ValueError("needs either distance or depression")
        if self.depression is not None and not 5 <= self.depression[0] <= self.depression[1] <= 85:
            raise ValueError("depression lies between 5 and 85 degrees")
        if (self.body is None) == (self.lens is None):
            raise ValueError("needs either body or lens")
        if self.body is not None and self.body[0] < 16:
            raise ValueError("a body is at least 16 pixels high")
        return self


class Light(Part):
    """Sun and sky, or lamps.

    Attributes
    ----------
    indoor : whether lamps overhead stand in for the sun
    sun : share of the light on the ground that comes from the sun or the nearest lamps, the rest comes from all sides
    elevation : of the sun, degrees, 1 to 90
    warmth : standard deviation (natural logarithm) of red against blue in a camera's light
    drift : how far strength, colour, and share of the sun change WITHIN a camera, from tracklet to tracklet
    shade : probability that a tracklet walks in a shadow that holds back the sun
    days : how far they change from day to day besides; 0 lets a day change the clothes only
    """

    indoor: bool = False
    sun: Span = (0.2, 0.7)
    elevation: Span = (25.0, 65.0)
    warmth: float = Field(0.08, ge=0, le=1)
    drift: float = Field(1.0, ge=0, le=4)
    shade: float = Field(0.0, ge=0, le=1)
    days: float = Field(0.0, ge=0, le=4)

    @model_validator(mode="after")
    def _above_the_horizon(self) -> Light:
        if self.elevation[0] < 1 or self.elevation[1] > 90:
            raise ValueError("elevation lies between 1 and 90 degrees")
        return self


class Response(Part):
    """What a camera makes of light.

    Attributes
    ----------
    contrast : scales how far cameras differ in white balance and gain
    white_balance, gain : standard deviations (natural logarithm) between cameras
    saturation : 1 keeps colours
    gamma : exponent of the display curve
    curve : strength of its S, 0 to 1
    black : level of black, 0 to 1
    blur : standard deviation, pixels
    noise : standard deviation, grey levels of 255
    jpeg : quality, 1 to 100
    exposure : random walk of the exposure along a tracklet, natural logarithm a second
    """

    contrast: float = Field(1.0, ge=0, le=4)
    white_balance: float = Field(0.13, ge=0, le=1)
    gain: float = Field(0.26, ge=0, le=1)
    saturation: Span = (0.65, 1.15)
    gamma: Span = (1.6, 2.8)
    curve: Span = (0.0, 0.6)
    black: Span = (0.0, 0.06)
    blur: Span = (0.4, 0.9)
    noise: Span = (2.0, 5.0)
    jpeg: Span = (60.0, 92.0)
    exposure: float = Field(0.03, ge=0, le=1)

    @model_validator(mode="after")
    def _in_range(self) -> Response:
        for name, (low, high) in LIMITS.items():
            span: tuple[float, float] = getattr(self, name)
            if span[0] < low or span[1] > high:
                raise ValueError(f"{name} lies between {low} and {high}")
        return self


class Crowd(Part):
    """What stands or walks between the camera and the person.

    Attributes
    ----------
    passers_by : mean number of other walkers a second (Poisson)
    near : share of them that cross in front; the others pass behind
    alongside : share of them that walk the same way
    luggage, posts : mean number of standing objects a camera (Poisson)
    belt : probability that a camera looks over a belt between low posts
    """

    passers_by: float = Field(0.0, ge=0, le=4)
    near: float = Field(0.6, ge=0, le=1)
    alongside: float = Field(0.3, ge=0, le=1)
    luggage: float = Field(0.0, ge=0, le=8)
    posts: float = Field(0.0, ge=0, le=8)
    belt: float = Field(0.0, ge=0, le=1)


class Boxes(Part):
    """Errors of detector and tracker.

    Attributes
    ----------
    margin : height of a box over the body's
    jitter : standard deviation of its place from frame to frame, share of its height
    wobble : slow wandering of its place and size along a tracklet, share of its height
    slips : probability that the tracker slips off the person for a part of the tracklet
    """

    margin: float = Field(1.1, ge=1, le=2)
    jitter: float = Field(0.006, ge=0, le=0.2)
    wobble: float = Field(0.02, ge=0, le=0.3)
    slips: float = Field(0.0, ge=0, le=1)


class Backdrop(Part):
    """Ground and wall.

    Attributes
    ----------
    ground : kinds to draw from
    wall : metres from the middle of the walks to the wall behind; None leaves the ground alone
    clutter : mean number of things that stand about behind the walks (Poisson); not under a flying camera
    """

    ground: tuple[Literal["asphalt", "paving", "grass", "tiles"], ...] = Field(("asphalt", "paving"), min_length=1)
    wall: Span | None = (4.0, 12.0)
    clutter: float = Field(0.0, ge=0, le=200, exclude_if=lambda amount: amount == 0)  # frames of before keep their keys
