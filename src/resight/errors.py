"""The errors a user can cause: each carries one clear sentence, and a command ends with exit code 2 on any of them."""

from __future__ import annotations


class ResightError(Exception):
    """Base of all errors that Resight raises for something its user can mend."""


class DataError(ResightError):
    """A data set, tracklet, frame or video is missing, damaged or empty; the sentence names the file."""


class WeightsError(ResightError):
    """A weight file does not fit the network it is meant for, or cannot be trusted."""


class RecipeError(ResightError):
    """A recipe, a name or an option is unknown or contradicts another."""


class InputError(ResightError, ValueError):
    """Arrays given to a metric or an evaluation do not fit together, or are not finite."""
