from __future__ import annotations

import builtins
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

av = pytest.importorskip("av", reason='reading video needs PyAV: pip install "resight[footage]"')

from resight.errors import DataError, ResightError  # noqa: E402
from resight.footage import crops as crops_module  # noqa: E402
from resight.footage.boxes import VideoBoxes, halves, tracklets_from_video  # noqa: E402
from resight.footage.video import picture_size, pictures  # noqa: E402
from resight.frames import ArrayFrames, ImageFiles, source_from_record  # noqa: E402
from resight.tracklets import Tracklet, TrackletSet  # noqa: E402

HEIGHT, WIDTH, FRAMES = 64, 96, 40


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A video in which frame n is grey of value 5 n, with B-frames and few key frames, so that a seek would err."""
    path = tmp_path / "walk.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = 30, 2
        stream.bit_rate = 4_000_000
        for n in range(1, FRAMES + 1):
            picture = np.full((HEIGHT, WIDTH, 3), 5 * n, np.uint8)
            picture[:, : WIDTH // 2] = 0
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def _numbers(frames: np.ndarray) -> list[int]:
    return [round(float(frame.mean()) / 5) for frame in frames]


def _right(*numbers: int) -> tuple[tuple[int, float, float, float, float], ...]:
    return tuple((n, 60.0, 8.0, 20.0, 40.0) for n in numbers)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every pass over a video is noted here."""
    seen: list[Path] = []

    def noted(path: Path, wanted: set[int]):  # type: ignore[no-untyped-def]
        seen.append(path)
        return pictures(path, wanted)

    monkeypatch.setattr(crops_module, "pictures", noted)
    return seen


def test_frame_n_is_the_nth_from_one(video: Path) -> None:
    source = VideoBoxes(video, _right(*range(1, FRAMES + 1)), (32, 16))
    frames = source.read(range(FRAMES))
    assert frames.shape == (FRAMES, 32, 16, 3) and frames.dtype == np.uint8
    assert _numbers(frames) == list(range(1, FRAMES + 1))
    assert _numbers(source.read([39, 0, 17])) == [40, 1, 18]


def test_one_pass_serves_all_tracks_and_their_halves(video: Path, passes: list[Path]) -> None:
    a, b = VideoBoxes(video, _right(1, 5, 9), (32, 16)), VideoBoxes(video, ((30, 60, 0, 9, 9),), (32, 16))
    assert passes == []
    assert _numbers(a.read([2, 1])) == [9, 5] and _numbers(b.read([0])) == [30]
    assert _numbers(a.part(1, 3).read([0, 1])) == [5, 9]
    assert _numbers(source_from_record(a.to_record()).read([1])) == [5]
    assert len(passes) == 1
    assert _numbers(VideoBoxes(video, _right(7), (32, 16)).read([0])) == [7]
    assert len(passes) == 2


def test_boxes_are_clipped_to_the_picture(video: Path) -> None:
    boxes = ((20, -10.0, -5.0, 20.0, 30.0), (20, 90.0, 50.0, 40.0, 99.0), (20, 40.4, 10.0, 15.2, 10.0))
    left, corner, middle = VideoBoxes(video, boxes, (20, 16)).read(range(3))
    assert left.max() < 12 and abs(int(corner.mean()) - 100) < 6
    bright = middle[10, :, 0] > 50
    assert not bright[:6].any() and bright[9:].all()  # the edge at column 48 of 40 to 56


def test_a_box_outside_and_a_frame_beyond_the_end(video: Path) -> None:
    good = VideoBoxes(video, _right(3), (32, 16))
    outside = VideoBoxes(video, ((2, 500.0, 0.0, 9.0, 9.0),), (32, 16))
    with pytest.raises(DataError, match=r"walk\.mp4: the box 500, 0, 9, 9 of frame 2 is not in it"):
        outside.read([0])
    assert _numbers(good.read([0])) == [3]
    late = VideoBoxes(video, _right(4, 41), (32, 16))
    with pytest.raises(DataError, match=r"walk\.mp4: has 40 frames, and a box is in frame 41"):
        late.read([1])
    assert _numbers(late.read([0])) == [4]


def test_fingerprint_record_and_pickle(video: Path) -> None:
    source = VideoBoxes(video, _right(1, 2), (32, 16))
    before = source.fingerprint()
    pickled = pickle.loads(pickle.dumps(source))  # noqa: S301
    for copy in (source_from_record(source.to_record()), pickled):
        assert copy == source and copy.fingerprint() == before and (copy.read([1]) == source.read([1])).all()
    assert VideoBoxes(video, _right(1, 3), (32, 16)).fingerprint() != before
    assert VideoBoxes(video, _right(1, 2), (32, 17)).fingerprint() != before
    os.utime(video, ns=(1, 1))
    assert source.fingerprint() != before


def test_forked_processes_share_what_was_cut(video: Path) -> None:
    source = VideoBoxes(video, _right(*range(1, 31)), (32, 16))
    source.read([0])
    children = []
    for child in range(4):
        pid = os.fork()
        if pid == 0:
            ok = all(_numbers(source.read([i])) == [i + 1] for i in [*range(child, 30), *range(child)] * 5)
            os._exit(0 if ok else 1)
        children.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 4


def test_files_that_are_no_videos(tmp_path: Path, video: Path) -> None:
    gone = VideoBoxes(tmp_path / "gone.mp4", _right(1))
    for act in (lambda: gone.read([0]), gone.fingerprint, lambda: picture_size(tmp_path / "gone.mp4")):
        with pytest.raises(DataError, match=r"gone\.mp4: "):
            act()
    (tmp_path / "text.mp4").write_text("hello")
    with pytest.raises(DataError, match=r"text\.mp4: not a video that can be read"):
        VideoBoxes(tmp_path / "text.mp4", _right(1)).read([0])
    (tmp_path / "boxes.txt").write_text("1,1,10,20,30,40,1,-1,-1,-1\n" * 50)  # FFmpeg would draw it as a film
    with pytest.raises(DataError, match=r"boxes\.txt: no video in it"):
        picture_size(tmp_path / "boxes.txt")
    data = video.read_bytes()
    (tmp_path / "half.mp4").write_bytes(data[: len(data) // 2])
    with pytest.raises(DataError, match=r"half\.mp4: "):
        VideoBoxes(tmp_path / "half.mp4", _right(40)).read([0])


def test_without_pyav_the_sentence_says_how_to_get_it(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: object, **more: object) -> object:
        if name == "av":
            raise ImportError("No module named 'av'")
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ResightError, match=r'pip install "resight\[footage\]"'):
        picture_size(video)


def _boxes(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines))
    return path


def test_tracklets_of_a_video(video: Path, tmp_path: Path) -> None:
    lines = [f"{n},7,60,8,20,40,1,1,1" for n in (12, 2, 10)]
    lines += ["5,9,60,8,20,40,1,1,1", "6,9,200,8,20,40,1,1,1", "5,11,500,0,9,9,1,1,1"]
    boxes = _boxes(tmp_path / "gt.txt", lines)
    seven, nine = tracklets_from_video(video, boxes, camera=3, domain="yard", size=(32, 16))
    assert (seven.person, seven.camera, seven.domain, seven.key, seven.first_frame) == (7, 3, "yard", "walk/0007", 2)
    assert _numbers(seven.load()) == [2, 10, 12] and len(nine) == 1
    assert [t.person for t in tracklets_from_video(video, boxes, min_frames=2)] == [7]
    with pytest.raises(DataError, match=r"gt\.txt: no track has 9 frames or more in walk\.mp4"):
        tracklets_from_video(video, boxes, min_frames=9)


def test_ids_from_zero_do_not_become_distractors(video: Path, tmp_path: Path) -> None:
    boxes = _boxes(tmp_path / "gt.txt", ["1,0,60,8,20,40", "1,4,60,8,20,40"])
    assert [(t.person, t.name) for t in tracklets_from_video(video, boxes)] == [(1, "0"), (5, "4")]


def test_halves(video: Path, tmp_path: Path) -> None:
    lines = [f"{n},1,60,8,20,40" for n in range(1, 6)] + ["3,2,60,8,20,40"]
    first, second = halves(tracklets_from_video(video, _boxes(tmp_path / "gt.txt", lines), size=(32, 16)))
    assert [(t.person, t.camera, t.key, t.first_frame) for t in first + second] == [
        (1, 1, "walk/0001/first", 1),
        (1, 2, "walk/0001/second", 3),
    ]
    assert _numbers(first[0].load()) == [1, 2] and _numbers(second[0].load()) == [3, 4, 5]


def test_halves_of_other_sources() -> None:
    array = ArrayFrames(np.arange(4, dtype=np.uint8).repeat(12).reshape(4, 2, 2, 3))
    files = ImageFiles(tuple(Path(f"{n}.png") for n in range(5)))
    tracklets = TrackletSet([Tracklet(1, 1, "d", "a", array, first_frame=10), Tracklet(2, 1, "d", "b", files)])
    first, second = halves(tracklets)
    assert second[0].load().mean(axis=(1, 2, 3)).tolist() == [2, 3] and second[0].first_frame == 12
    assert first[1].frames == ImageFiles(files.paths[:2]) and second[1].first_frame is None


def test_real_people(shared) -> None:  # type: ignore[no-untyped-def]
    people = tracklets_from_video(shared("real/video/vtest.avi"), shared("real/video/vtest.gt.txt"))
    first, second = halves(people)
    assert (len(people), len(first), len(second)) == (19, 19, 19)
    assert sum(t.load().shape[0] for t in first + second) == 4476
    reds = {t.person: t.load().reshape(-1, 3).mean(axis=0) for t in people}
    assert reds[6][0] > reds[6][2] + 10 and reds[1].max() < reds[6].max()  # 6 wears a red jacket, 1 is in black


def test_real_people_of_the_other_form(shared) -> None:  # type: ignore[no-untyped-def]
    name = "footage/one-by-one-person-detection"
    people = tracklets_from_video(shared(f"{name}.mp4"), shared(f"{name}.gt.txt"), min_visibility=1)
    first, second = halves(people)
    assert len(first) == len(second) == 6 and sum(map(len, first + second)) == 871
    assert people[0].load([0, 100]).shape == (2, 256, 128, 3)
