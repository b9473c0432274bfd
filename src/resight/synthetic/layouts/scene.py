"""Whole scenes on disk: a video of each camera, its tracks as MOTChallenge text, and who is who across cameras.

``camera1/camera1.mp4``, ``camera1/gt/gt.txt`` (form of 2016), ``camera1/seqinfo.ini``, … and ``ids.csv`` with the
columns ``camera,track,person``: a track's number is its camera's own.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from resight.errors import ResightError
from resight.files import read_text, write_text
from resight.frames import Frames
from resight.synthetic.causes import causes_path, write_table
from resight.synthetic.domains import Domain
from resight.synthetic.layouts.film import encode_video
from resight.synthetic.layouts.pictures import DRAWING
from resight.synthetic.layouts.pool import share_out
from resight.synthetic.layouts.writing import Tell, counter, making
from resight.synthetic.roles import dressed
from resight.synthetic.scene import explain_scene, film_scene
from resight.synthetic.seeds import Cause, stream
from resight.synthetic.synthesis import WORLD_VERSION


@dataclass(frozen=True)
class Scene:
    """One camera's film.

    Attributes
    ----------
    domain : Domain
    people : int
        Numbered from 1; each crosses the view once, where the scene is long enough.
    camera, day, seed : int
    seconds : float
    kind : str
        Suffix of the video: ``.mp4`` or ``.avi``.
    """

    domain: Domain
    people: int
    camera: int
    day: int
    seed: int
    seconds: float
    kind: str = ".mp4"

    @property
    def name(self) -> str:
        """Name of its folder and video."""
        return f"camera{self.camera}"

    @property
    def frames(self) -> int:
        """Number of its frames."""
        return round(self.seconds * self.domain.rate)

    def tracks(self) -> dict[int, int]:
        """Return the track's number of each person, drawn so that it tells nothing of the person."""
        rng = stream(self.seed, self.domain.name, Cause.SCENE, self.camera, self.day, 0)
        return {person: int(n) + 1 for person, n in enumerate(rng.permutation(self.people), start=1)}

    def explained(self) -> list[dict[str, Any]]:
        """Return one row a person: whose film, and how the person crosses it."""
        found = self.causes()
        people = [row["person"] for row in found]
        ways = explain_scene(self.domain, people, self.camera, self.frames, self.seed, self.day)
        return [row | way for row, way in zip(found, ways, strict=True)]

    def causes(self) -> list[dict[str, Any]]:
        """Return one row a person: what all else is drawn from."""
        domain, seed = self.domain, self.seed
        return [
            {
                "file": f"{self.name}/{self.name}{self.kind}",
                "person": person,
                "camera": self.camera,
                "track": track,
                "day": self.day,
                "outfit": dressed(domain, person, self.day, seed),
                "frames": self.frames,
                "domain": domain.name,
                "seed": seed,
                "world": WORLD_VERSION,
            }
            for person, track in self.tracks().items()
        ]


def write_scenes(
    scenes: list[Scene], out: Path, workers: int = 1, tell: Tell | None = None, settings: dict[str, Any] | None = None
) -> bool:
    """Film scenes, each in a folder of its own, and write who is who; as `write_plan`, scene by scene.

    Returns
    -------
    bool
        False where it was there already.

    Raises
    ------
    ResightError
        Where the folder holds something else, cannot be written, or PyAV is missing.
    """
    rows = [row for scene in scenes for row in scene.causes()]
    knobs = [scene.domain.model_dump_json() for scene in scenes]
    fingerprint = hashlib.sha256(json.dumps([rows, knobs], sort_keys=True).encode()).hexdigest()
    with making(out, fingerprint) as part:
        if part is None:
            return False
        told = [row for scene in scenes for row in scene.explained()]
        columns = {name: [row[name] for row in told] for name in told[0]}
        write_table(causes_path(out), columns, {"fingerprint": fingerprint} | (settings or {}))
        left = [scene for scene in scenes if not (part / scene.name).is_dir()]
        total = sum(scene.frames for scene in scenes)
        already = total - sum(scene.frames for scene in left)
        share_out(partial(_film, part), left, workers, counter(total, already, tell))
        write_text(part / "ids.csv", "camera,track,person\n" + "".join(_identities(part, scenes)))
    return True


def _film(root: Path, scene: Scene, say: Callable[[int], None]) -> None:
    """Film a scene into a folder that takes its name when all is in it."""
    tracks, lines = scene.tracks(), list[tuple[int, int, str]]()

    def frames() -> Iterator[Frames]:
        shots = film_scene(scene.domain, scene.people, scene.camera, scene.seconds, scene.seed, day=scene.day)
        for number, (frame, boxes) in enumerate(shots, start=1):
            for box in boxes:
                track = tracks[box.person]
                edges = f"{box.left:.2f},{box.top:.2f},{max(box.width, 0.01):.2f},{max(box.height, 0.01):.2f}"
                lines.append((track, number, f"{number},{track},{edges},1,1,{box.visible:.3f}\n"))
            yield frame
            say(1)

    try:
        with tempfile.TemporaryDirectory(prefix=DRAWING, dir=root) as temporary:
            folder = Path(temporary) / scene.name
            folder.mkdir()
            encode_video(folder / f"{scene.name}{scene.kind}", frames(), scene.domain.rate)
            write_text(folder / "gt" / "gt.txt", "".join(line for *_, line in sorted(lines)))
            write_text(folder / "seqinfo.ini", _information(scene))
            folder.rename(root / scene.name)
    except OSError as error:
        raise ResightError(f"{root / scene.name}: cannot be written ({error.strerror or error})") from error


def _information(scene: Scene) -> str:
    width, height = scene.domain.sensor
    return (
        f"[Sequence]\nname={scene.name}\nimDir={scene.name}{scene.kind}\nframeRate={scene.domain.rate:g}\n"
        f"seqLength={scene.frames}\nimWidth={width}\nimHeight={height}\nimExt={scene.kind}\n"
    )


def _identities(root: Path, scenes: list[Scene]) -> Iterator[str]:
    """Give a line for each track that is in a camera's tracks."""
    for scene in scenes:
        text = read_text(root / scene.name / "gt" / "gt.txt")
        seen = {int(line.split(",")[1]) for line in text.splitlines()}
        people = {track: person for person, track in scene.tracks().items()}
        yield from (f"{scene.name},{track},{people[track]}\n" for track in sorted(seen))
