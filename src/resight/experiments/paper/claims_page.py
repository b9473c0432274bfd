"""The claims page: each claim with its effects and a verdict, on one kind of people or on several side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from resight.experiments.paper.claims import CLAIMS, Claim, ClaimVerdict, Weighing

VERDICTS = {
    "holds": "holds here",
    "does not hold": "does not hold here",
    "can't be told": "can't be told here",
    "n/a": "n/a",
    None: "not measured yet",
}
REASONS = {
    "holds": "every effect below lies above zero, or reaches the amount claimed, with its whole interval.",
    "does not hold": "an effect below lies under zero, or under the amount claimed, with its whole interval.",
    "can't be told": "the interval of an effect below contains zero, or the amount claimed.",
    None: "cells that it needs are not done.",
}


def claims_page(weighings: Sequence[Weighing]) -> str:
    """Write the claims page as Markdown, a column of verdicts for each weighing."""
    sizes = "; ".join(f"on {w.where}: {w.sizes}" for w in weighings)
    lines = ["# The paper's claims", ""]
    lines += [
        f"Thirteen claims of Kansal & Subramanyam, each weighed here ({sizes}). An effect is a difference in points of "
        "%, of rank-1 where nothing else is named, with its 95 % interval over test people, then over splits and "
        "seeds: where it is of one training or one split, over the people of that one alone, and nothing is said of "
        "another. A claim of several parts holds where all of them do and falls with any. Published effects are of the "
        "paper's own sets: they compare with a column only where it is said below to have them. A verdict against the "
        "paper is as good as one for it.",
        "",
    ]
    lines += [_row("claim", "tested by", *(w.where for w in weighings)), _row(*["---"] * (2 + len(weighings)))]
    for i, claim in enumerate(CLAIMS):
        verdicts = (_verdict(w.claims[i]) for w in weighings)
        lines.append(_row(f"[{claim.number}](#claim-{claim.number}) {claim.text}", claim.experiment, *verdicts))
    lines += ["", "## How each column was measured"]
    for w in weighings:
        lines += ["", f"**{w.where[0].upper()}{w.where[1:]}**", ""]
        lines += [f"- {name}: {text}" for name, text in w.measured.items()]
    for i, claim in enumerate(CLAIMS):
        lines += ["", *_section(claim, [(w.where, w.claims[i]) for w in weighings])]
    return "\n".join(lines) + "\n"


def _verdict(found: ClaimVerdict) -> str:
    """Return a claim's verdict for the first table; one of fewer splits, seeds or steps than are wanted says so."""
    words = VERDICTS[found.verdict]
    return f"{words} ({found.remark})" if found.remark else f"**{words}**"


def _section(claim: Claim, weighed: Sequence[tuple[str, ClaimVerdict]]) -> Iterator[str]:
    yield from (f"## Claim {claim.number}", "", claim.text, "")
    if claim.published:
        yield from (f"Published: {claim.published}.", "")
    for where, found in weighed:
        words = VERDICTS[found.verdict]
        on = f" (on {where})" if len(weighed) > 1 else ""
        limits = f" {found.limits}" if found.limits else ""
        yield from (f"**{words[0].upper()}{words[1:]}**{on}: {found.why or REASONS[found.verdict]}{limits}", "")
    effects = {effect.what: effect.published for _, found in weighed for effect in found.effects}
    if effects:
        yield _row(
            "effect", "published, on the paper's sets", *(text for where, _ in weighed for text in (where, "verdict"))
        )
        yield _row(*["---"] * (2 + 2 * len(weighed)))
    for what, published in effects.items():
        cells = []
        for _, found in weighed:
            own = next((effect for effect in found.effects if effect.what == what), None)
            cells += [own.words, VERDICTS[own.verdict]] if own else ["n/a: not with these sets", "n/a"]
        yield _row(what, published or "–", *cells)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
