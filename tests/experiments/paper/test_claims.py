"""Verdicts on made-up results: the claims page says what the intervals say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resight.errors import DataError, InputError
from resight.evaluation import Interval, bootstrap_interval, combined_interval, seeds_interval
from resight.experiments.paper import ablations, claim_tests, matrix, table1, table2, temporal
from resight.experiments.paper.averages import CROSS_BASELINE, SECOND
from resight.experiments.paper.claims import CLAIMS, read_weighing, weigh
from resight.experiments.paper.claims_page import claims_page
from resight.experiments.paper.experiment import Page
from resight.experiments.paper.facts import is_the_papers, other_sets
from resight.experiments.paper.findings import Finding, all_together, finding, judged, over_seeds
from resight.experiments.paper.lab import Lab, open_lab
from resight.experiments.paper.outcome import gather
from resight.experiments.paper.published import figures
from resight.experiments.paper.rows import BASELINE, COLOUR, OURS, first_model
from resight.experiments.paper.trial import Trial
from resight.frames import ArrayFrames
from resight.synthetic.command import Wanted, synthesize_job
from resight.tracklets import Tracklet, TrackletSet
from tests.experiments.paper.conftest import TINY, tiny_lab

PEOPLE = 60
MADE = {"seconds": 1.0, "commit": "made up", "device": "none"}


def write(lab: Lab, trial: Trial, share: float) -> None:
    """Write a made-up cell: about that share of the queries is found at rank 1, the others at rank 5."""
    found = np.arange(PEOPLE) < round(share * PEOPLE)
    ranks = np.where(np.random.default_rng(trial.split).permutation(found), 1, 5)
    result = {
        "protocol": "cross_camera",
        "synthetic": True,
        **dict.fromkeys(("n_people", "n_query", "n_valid", "n_gallery"), PEOPLE),
        "queries": {
            "person": list(range(PEOPLE)),
            "first_rank": ranks.tolist(),
            "ap": (1 / ranks).tolist(),
            "inp": (1 / ranks).tolist(),
        },
    }
    lab.ledger.save(trial, lab, result, MADE)


def made_up(folder: Path, level: Callable[[Trial], float | None]) -> Lab:
    lab = tiny_lab(folder)
    lab.settings = lab.settings.model_copy(update={"splits": 3})
    for trial in (*table1.cells(lab), *table2.cells(lab)):
        if (share := level(trial)) is not None:
            write(lab, trial, share)
    return lab


def level(trial: Trial) -> float:
    """Ours well above the baseline but on aerial, where it is below; XQDA adds nothing to ours, and to the baseline."""
    base = {OURS: 0.7, SECOND: 0.7, BASELINE: 0.3, CROSS_BASELINE: 0.2, COLOUR: 0.4}.get(trial.name, 0.5)
    return 0.1 if trial.domain == "aerial" and trial.name == OURS else base


def test_effects_and_verdicts_follow_the_ranks(tmp_path: Path) -> None:
    lab = made_up(tmp_path, level)
    found = {f.what: f for f in claim_tests.transfer(lab)}
    good, bad = found["prid: ours over baseline, euclidean"], found["aerial: ours over baseline, xqda"]
    assert good.interval and good.interval.mean == pytest.approx(0.4) and good.verdict == "holds"
    assert bad.interval and bad.interval.mean == pytest.approx(-0.2) and bad.verdict == "does not hold"
    assert found["prid: ours over baseline, xqda"].published == "+17.32"
    assert all_together(list(found.values())) == "does not hold"
    adds = {f.what: f for f in claim_tests.xqda_adds(lab)}
    average = adds["mean of four sets: ours, XQDA over Euclid, about 10 points"]
    assert average.interval == Interval(0.0, 0.0, 0.0) and average.verdict == "does not hold"  # it lies under 9.67
    ten = adds["iLIDS at rank 10: ours, Euclid over XQDA"]
    assert ten.interval and ten.interval.mean == 0.0
    air = {f.what: f for f in claim_tests.poor_from_the_air(lab)}
    assert air["gain of fine-tuning: aerial over prid"].interval.mean == pytest.approx(-0.6)  # type: ignore[union-attr]
    assert air["baseline + XQDA: prid over aerial"].verdict == "can't be told"
    over = {f.what: f for f in claim_tests.above_others(lab)}
    gain = over["over baseline + XQDA, by 27.8 points"]
    assert gain.interval and gain.interval.mean == pytest.approx((0.4 + 0.4 - 0.2 + 0.5) / 4)  # on MARS: cross-test
    assert gain.verdict == "can't be told" and gain.interval.low < 0.278 < gain.interval.high
    rows = {row[0]: row[2] for t in table2.page(lab).tables for row in t.rows if t.title.startswith("Rank-1, average")}
    assert float(rows["baseline + XQDA"]) == pytest.approx(100 * (3 * 0.3 + 0.2) / 4)
    rcn = over["over rcn + as its paper matches, by 13.25 points"]
    assert rcn.interval is None and rcn.words() == "not measured yet" and "over ide + XQDA, by 4 points" in over


def test_the_page_lists_thirteen_claims(tmp_path: Path) -> None:
    page = claims_page([weigh(made_up(tmp_path, level), True)])
    assert [c.number for c in CLAIMS] == list(range(1, 14))
    assert all(f"## Claim {n}\n" in page for n in range(1, 14))
    one = page.split("## Claim 1\n")[1].split("## Claim 2\n")[0]
    assert "**Does not hold here**" in one and "random weights" in one and "+40.0 [" in one and "+17.32" in one
    assert "**Not measured yet**" in page.split("## Claim 9\n")[1].split("## Claim 10\n")[0]
    empty = claims_page([weigh(tiny_lab(tmp_path / "nothing"), True)])
    assert "1 split for tables 1 to 3, 1 seed for the others" in empty
    assert empty.count("**not measured yet**") == 13 and not (tmp_path / "nothing").exists()


def test_verdicts_of_other_people_stand_beside(tmp_path: Path) -> None:
    one, other = weigh(made_up(tmp_path / "a", level), True), weigh(made_up(tmp_path / "b", lambda t: 0.5), False)
    path = tmp_path / "claims.json"
    path.write_text(other.to_json())
    assert read_weighing(path) == other
    page = claims_page([one, read_weighing(path)])
    assert "| claim | tested by | synthetic people, quick | real people, quick |" in page
    row = next(line for line in page.splitlines() if line.startswith("| prid: ours over baseline, xqda"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1] == "+17.32" and cells[2].startswith("+40.0 [") and cells[3] == "holds here"
    assert cells[4] == "+0.0 [+0.0, +0.0]" and cells[5] == "can't be told here"
    path.write_text("[]")
    with pytest.raises(DataError, match=r"claims\.json: no weighed claims"):
        read_weighing(path)


def test_the_claims_page_in_docs_is_that_of_the_stored_results() -> None:
    root = Path(__file__).resolve().parents[3]
    stored = [read_weighing(root / "results" / name / "claims.json") for name in ("paper", "quick", "real")]
    assert (root / "docs" / "claims.md").read_text(encoding="utf-8") == claims_page(stored)


def test_no_stored_result_names_a_folder_of_somebodys_machine() -> None:
    root = Path(__file__).resolve().parents[3] / "results"
    stored = [p for p in root.rglob("*") if p.suffix in (".json", ".md") and "work" not in p.relative_to(root).parts]
    there = re.compile(r"(?<![\w.])/(tmp|home|root|Users|work)/")
    assert len(stored) > 500 and not [str(p) for p in stored if there.search(p.read_text(encoding="utf-8"))]


def test_splits_that_one_side_lacks_are_left_out(tmp_path: Path) -> None:
    lab = made_up(tmp_path, lambda t: None if t.name == BASELINE and t.split == 2 else level(t))
    scores = gather(lab, table1.cells(lab))
    sides = ("prid", OURS, "xqda"), ("prid", BASELINE, "xqda")
    whole = finding("", scores, [(1.0, *sides)])
    assert whole.interval and whole.interval.mean == pytest.approx(0.4) and whole.repeats == 2
    assert finding("", scores, [(1.0, sides[0], ("prid", "nobody", "xqda"))]).interval is None


def test_the_page_says_where_an_effect_comes_from_fewer_splits(tmp_path: Path) -> None:
    def partly(trial: Trial) -> float | None:
        return None if trial.domain == "mars" and trial.split > 0 else level(trial)

    lab = made_up(tmp_path, partly)
    averages = next(t for t in table2.page(lab).tables if t.title.startswith("Rank-1, average"))
    assert next(row for row in averages.rows if row[0] == "ours + XQDA")[-1] == "1 of 3"
    page = claims_page([weigh(lab, True)])
    four = next(line for line in page.splitlines() if line.startswith("| mean of four sets: ours"))
    assert "], one split of 3 |" in four
    three = next(line for line in page.splitlines() if line.startswith("| prid: ours over baseline, xqda"))
    assert three.split("|")[3].strip().endswith("]")
    verdicts = {line.split("](")[0]: line for line in page.splitlines() if line.startswith("| [")}
    assert verdicts["| [3"].endswith("here (of part of the splits or seeds) |")
    assert verdicts["| [1"].endswith("here** |")


def test_a_combined_interval_is_the_plain_one_and_its_sums() -> None:
    rng = np.random.default_rng(0)
    first = [(np.arange(50), rng.random(50)) for _ in range(3)]
    second = [(np.arange(40), rng.random(40) + 1) for _ in range(3)]
    alone, plain = combined_interval([(1.0, first)]), bootstrap_interval(first)
    assert alone.mean == pytest.approx(plain.mean) and alone.low == pytest.approx(plain.low, abs=0.02)
    difference = combined_interval([(1.0, second), (-1.0, first)])
    means = [np.mean([values.mean() for _, values in group]) for group in (first, second)]
    assert difference.mean == pytest.approx(means[1] - means[0])
    assert difference.low < difference.mean < difference.high and difference.low > 0.7
    # of independent means the widths add up in squares
    width = [i.high - i.low for i in (alone, combined_interval([(1.0, second)]), difference)]
    assert width[2] == pytest.approx(np.hypot(width[0], width[1]), rel=0.25)
    with pytest.raises(InputError, match="at least one group"):
        combined_interval([(1.0, [])])


def test_a_claim_of_several_parts() -> None:
    up, down, open_ = (judged("", Interval(m, m - 1, m + 1)) for m in (2, -2, 0))
    nothing = Finding("", None, None)
    assert all_together([up, up]) == "holds" and all_together([up, open_]) == "can't be told"
    assert all_together([up, down, nothing]) == "does not hold"
    assert all_together([up, nothing]) is None and all_together([]) is None
    assert judged("", Interval(0.1, 0.05, 0.2)).words() == "+10.0 [+5.0, +20.0]"


def test_an_interval_over_few_seeds_is_students() -> None:
    assert over_seeds("", [0.1, 0.1]).verdict == "holds" and over_seeds("", []).verdict is None
    two, three = over_seeds("", [0.1, 0.3]), over_seeds("", [0.1, 0.2, 0.3])  # t of 1 and 2 degrees: 12.71 and 4.30
    assert two.verdict == "can't be told" and two.words(2, "seed") == "+20.0 [−107.1, +147.1]"
    assert three.verdict == "can't be told" and three.words(3, "seed") == "+20.0 [−4.8, +44.8]"
    alone = over_seeds("", [0.1])
    assert alone.verdict == "can't be told" and alone.words(1, "seed") == "+10.0, no interval, one training"
    assert alone.words(3, "seed") == "+10.0, no interval, one training of 3"
    with pytest.raises(InputError, match="at least two"):
        seeds_interval([0.1])


def test_an_amount_holds_where_the_whole_interval_reaches_it() -> None:
    amounts = (0.0, 0.03, 0.04, 0.05, 0.07, 0.08, 0.1)
    verdicts = [judged("", Interval(0.06, 0.04, 0.08), claimed=claimed).verdict for claimed in amounts]
    assert verdicts == ["holds"] * 3 + ["can't be told"] * 3 + ["does not hold"]
    assert judged("", Interval(0.02, -0.01, 0.05), claimed=0.04).verdict == "can't be told"


def test_one_seed_is_the_reason_where_nothing_else_is_open(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    rows = {row.name: row for row in ablations.ablations()}
    trained = [(rows[ablations.SCRATCHED].training(lab, 0), 0.68), (rows[ablations.FROZEN].training(lab, 0), 0.6)]
    for training, share in (*trained, (first_model(lab, 0), 0.68)):
        lab.ledger.save(training, lab, {"conv1_change": share, "conv1_change_before": 0.7}, MADE)
    found = [f.words(1, "seed") for f in claim_tests.first_layers_learn_motion(lab)]
    assert found == [f"{effect}, no interval, one training" for effect in ("−2.0", "−2.0", "+8.0")]
    page = claims_page([weigh(lab, True)])
    twelve = page.split("## Claim 12\n")[1].split("## Claim 13\n")[0]
    assert "**Can't be told here**: an effect below comes from one training, which has no interval." in twelve
    row = next(line for line in page.splitlines() if line.startswith("| [12]"))
    steps = lab.settings.short["training.iterations"]
    assert row.endswith(f"| can't be told here (after trainings of {steps} steps) |")  # quick: not in bold


def test_singles_that_one_network_is_held_against_are_averaged_query_by_query(tmp_path: Path) -> None:
    lab = made_up(tmp_path, level)
    scores = gather(lab, table1.cells(lab))
    ours, base = ("prid", OURS, "xqda"), ("prid", BASELINE, "xqda")
    one = finding("", scores, [(1, ours, base)])
    assert finding("", scores, [(1, ours, [base, base])]).interval == one.interval


def test_methods_are_compared_on_the_splits_that_both_have(tmp_path: Path) -> None:
    lab = made_up(tmp_path, lambda t: None if (t.name, t.split) in ((OURS, 0), (BASELINE, 2)) else level(t))
    scores = gather(lab, table1.cells(lab))
    (rank1, _) = scores.compare("prid", f"{OURS} + xqda", f"{BASELINE} + xqda")
    shared = finding("", scores, [(1, ("prid", OURS, "xqda"), ("prid", BASELINE, "xqda"))])
    assert rank1.n_runs == shared.repeats == 1 and shared.interval
    assert rank1.difference == pytest.approx(shared.interval.mean)


def test_all_found_within_the_first_ten_is_what_claim_10_claims(tmp_path: Path) -> None:
    def found(share: float) -> dict[str, str | None]:
        lab = tiny_lab(tmp_path / str(share))
        for cell in temporal.cells(lab):
            if cell.name == temporal.name_of("two days", "in order"):
                write(lab, cell, 1.0)
                if share < 1:
                    content = lab.result(cell)
                    ranks = content["queries"]["first_rank"]
                    content["queries"]["first_rank"] = [11 if i >= share * PEOPLE else r for i, r in enumerate(ranks)]
                    lab.ledger.save(cell, lab, content, MADE)
        return {f.what.partition(":")[0]: f.verdict for f in claim_tests.walk_pattern(lab) if "first ten" in f.what}

    assert found(1.0) == {"similar clothes": "holds", "other day": "holds"}
    assert found(0.5) == {"similar clothes": "does not hold", "other day": "does not hold"}


def test_conv1_is_held_against_the_weights_that_it_began_from(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    lab.settings = lab.settings.model_copy(update={"seeds": 3, "splits": 3})
    rows = {row.name: row for row in ablations.ablations()}
    for seed in range(3):
        for training, before, after in (
            (first_model(lab, seed), 0.6817, 0.67),
            (rows[ablations.SCRATCHED].training(lab, seed), 0.65, 0.69),
            (rows[ablations.FROZEN].training(lab, seed), 0.65, 0.64),
        ):
            result = {"conv1_change_before": before, "conv1_change": after + seed / 1000}
            lab.ledger.save(training, lab, result, MADE)
    tuned, scratched, over_frozen = claim_tests.first_layers_learn_motion(lab)
    assert tuned.interval and tuned.interval.mean == pytest.approx(0.671 - 0.6817)  # though above two thirds
    assert tuned.verdict == "does not hold" and scratched.verdict == over_frozen.verdict == "holds"
    assert scratched.interval and scratched.interval.mean == pytest.approx(0.041)


def test_a_baseline_that_knows_nobody_anywhere_tells_nothing_of_the_air(tmp_path: Path) -> None:
    def near(share: float) -> list[Finding]:
        lab = made_up(tmp_path / str(share), lambda t: share if t.name == BASELINE else level(t))
        return claim_tests.poor_from_the_air(lab)

    assert {f.verdict for f in near(0.05)} == {"can't be told"} and "chance" in near(0.05)[0].why
    gains = [f for f in near(0.3) if f.what.startswith("gain")]
    assert {f.verdict for f in gains} == {"does not hold"} and not any(f.why for f in gains)
    page = claims_page([weigh(made_up(tmp_path / "page", lambda t: 0.05 if t.name == BASELINE else level(t)), True)])
    five = page.split("## Claim 5\n")[1].split("## Claim 6\n")[0]
    assert f"**Can't be told here**: {claim_tests.FLOOR}" in five


def test_what_cannot_exist_on_some_sets_is_not_said_to_be_unmeasured(tmp_path: Path) -> None:
    for layout in ("prid2011", "ilids-vid"):
        synthesize_job(Wanted(layout, 4, seed=1, frames=(28, 30)), tmp_path / layout)
    lab = open_lab(tmp_path / "out", data=[str(tmp_path)], quick=True, changes=TINY)
    weighed = {claim.number: claim for claim in weigh(lab, False).claims}
    assert {e.words for e in weighed[5].effects} == {"n/a: aerial is not among the sets here"}
    assert {e.verdict for e in weighed[5].effects} == {"n/a"} and weighed[5].verdict == "can't be told"
    assert weighed[5].why == "an effect below cannot be weighed: aerial is not among the sets here."
    assert {e.words for e in weighed[4].effects} == {"n/a: aerial and mars are not among the sets here"}
    assert [e.verdict for e in weighed[3].effects] == ["n/a", "n/a", None, None] and weighed[3].verdict is None
    assert all("aerial/" in e.words for e in weighed[10].effects)
    assert {e.words for n in (2, 9, 12, 13) for e in weighed[n].effects} == {"not measured yet"}
    stills = TrackletSet(
        Tracklet(p, 1, "prid", str(p), ArrayFrames(np.zeros((1, 8, 4, 3), np.uint8))) for p in (901, 902)
    )
    lab._splits = {key: replace(split, train=stills) for key, split in lab._splits.items()}
    weighed = {claim.number: claim for claim in weigh(lab, False).claims}
    assert {e.words for n in (12, 13) for e in weighed[n].effects} == {f"n/a: {claim_tests.STILL}"}


def test_the_matrix_tells_intervals_and_seeds(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    lab.settings = lab.settings.model_copy(update={"seeds": 2})
    for trial in matrix.trials(lab):
        if trial.split == 0 and trial.domain == "prid":
            write(lab, trial, 0.5)
    page = Page()
    matrix.add(lab, page)
    rows = {row[0]: row[1:] for row in page.tables[0].rows}
    assert all(re.fullmatch(r"50\.0 \[3\d\.\d, 6\d\.\d\], 1 of 2", row[0]) for row in rows.values())
    assert rows["prid + aerial"][1:] == ("not measured yet, 0 of 2",) * 2
    drawn = {text.get_text() for text in page.figures[0][1].axes[0].texts}
    assert "–" in drawn and any(re.fullmatch(r"50\.0\n\[3\d\.\d, 6\d\.\d\]\n1 of 2", text) for text in drawn)


def test_each_column_says_how_it_was_measured(tmp_path: Path) -> None:
    lab = made_up(tmp_path / "drawn", level)
    drawn = weigh(lab, True, "resight reproduce table1 --draw")
    prid = "PRID-2011-like (synthetic): 3 people train, 3 ask in 3 queries, 3 tracklets in the gallery"
    assert drawn.measured["prid"] == f"{prid}; not the paper's own set"
    assert drawn.measured["recipe"] == "reproduce, begun from random weights"
    assert drawn.measured["model 1"] == "2 iterations of 4 clips" and "splits for tables" in drawn.measured["repeats"]
    assert drawn.measured["command"] == "resight reproduce table1 --draw" and drawn.measured["code"] == "made up"
    block = claims_page([drawn]).split("## How each column was measured\n")[1].split("## Claim 1\n")[0]
    assert "**Synthetic people, quick**\n\n- prid: PRID-2011-like" in block and "\n- cells: " in block
    assert "| effect | published, on the paper's sets |" in claims_page([drawn])


def test_a_real_set_is_the_papers_by_its_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for layout in ("prid2011", "ilids-vid"):
        synthesize_job(Wanted(layout, 4, seed=1, frames=(28, 30)), tmp_path / layout)
    monkeypatch.setitem(figures()["sizes"], "prid", [[2, 2, 3], [2, 2, 2]])
    lab = open_lab(tmp_path / "out", data=[str(tmp_path)], quick=True, changes=TINY)
    assert is_the_papers(lab, "prid") and not is_the_papers(lab, "ilids")
    (note,) = other_sets(lab, ("prid", "ilids"))
    assert note.startswith("iLIDS-VID is not the paper's own set") and note in table1.page(lab).notes
