"""The `resight` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="resight",
    help="Video-based person re-identification: train, extract, match, evaluate, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
datasets_app = typer.Typer(help="Data sets that Resight reads.", no_args_is_help=True)
weights_app = typer.Typer(help="Weight files of C3D, from any framework.", no_args_is_help=True)
app.add_typer(datasets_app, name="datasets")
app.add_typer(weights_app, name="weights")

STOPPED = 130
"""Exit code on Ctrl-C."""

Out = Annotated[Path, typer.Option("-o", "--out", help="Folder for what comes out.")]
Data = Annotated[Path | None, typer.Option("--data", help="Where the data set lies.")]
DatasetName = Annotated[str, typer.Option("--dataset", help="A name from `resight datasets list`.")]
Options = Annotated[list[str] | None, typer.Option("--option", help="KEY=VALUE for the reader, may be repeated.")]
Changes = Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE of the recipe, dots between levels.")]


@app.command()
def demo(
    out: Out = Path("demo"),
    seeds: Annotated[int, typer.Option(help="Repeats, each with its own split and network.")] = 1,
    changes: Changes = None,
) -> None:
    """Run the main job on the embedded world: train, extract, match, report."""
    run("demo", out, None, seeds, changes)


@app.command()
def run(
    recipe: Annotated[str, typer.Argument(help="A shipped recipe's name, or a YAML file.")],
    out: Out = Path("runs"),
    data: Data = None,
    seeds: Annotated[int, typer.Option(help="Repeats, each with its own split and network.")] = 1,
    changes: Changes = None,
) -> None:
    """Run a recipe whole: train, extract, match with every metric, report."""
    _prepare()
    from resight.experiments.main_job import run as run_recipe
    from resight.training.recipe import load_recipe

    loaded = load_recipe(recipe, **_recipe_changes(changes))
    results = run_recipe(loaded, out, data, seeds, _console(), _command())
    _show(results, out)


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(help="A shipped recipe's name, or a YAML file.")],
    out: Out = Path("run"),
    data: Data = None,
    changes: Changes = None,
) -> None:
    """Train a recipe's network; a run that was stopped is taken up."""
    _prepare()
    from resight.experiments.sources import open_sources, training_people
    from resight.training.recipe import load_recipe
    from resight.training.run import train as train_recipe

    loaded = load_recipe(recipe, **_recipe_changes(changes))
    opened = open_sources(loaded, data, loaded.seed)
    leaks = tuple(sorted({o.dataset.leaks for o in opened if o.dataset.leaks}))
    best = train_recipe(loaded, training_people(opened), out, leaks, _console())
    _console().print(f"trained: {best}", highlight=False)


@app.command()
def extract(
    dataset: DatasetName,
    out: Out,
    data: Data = None,
    run: Annotated[Path | None, typer.Option("--run", help="A run's folder.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A shipped model or a .safetensors file.")] = None,
    method: Annotated[str | None, typer.Option("--method", help="colour, onnx:FILE or package.module:Class.")] = None,
    options: Options = None,
) -> None:
    """Extract the features of all tracklets of a data set into a Parquet and a safetensors file."""
    _prepare()
    from resight.datasets import open_dataset
    from resight.features.extract import extract_features, store_key
    from resight.features.methods import choose_method
    from resight.progress import Progress

    extractor = choose_method(run, model, method)
    tracklets = open_dataset(dataset, data, **_pairs(options)).tracklets
    with Progress(_console(stderr=True), "tracklets") as progress:
        features = extract_features(extractor, tracklets, out, lambda done: progress.tell(done, len(tracklets)))
    key = store_key(extractor, tracklets)
    _console().print(f"{features.shape[0]} features of {features.shape[1]} dimensions: {out / key}.safetensors")


@app.command()
def evaluate(
    out: Out,
    dataset: Annotated[str | None, typer.Option("--dataset", help="A name from `resight datasets list`.")] = None,
    data: Data = None,
    run: Annotated[Path | None, typer.Option("--run", help="A run's folder.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A shipped model or a .safetensors file.")] = None,
    method: Annotated[str | None, typer.Option("--method", help="colour, onnx:FILE or package.module:Class.")] = None,
    features: Annotated[
        Path | None, typer.Option("--features", help=".npz or .mat with features, persons, cameras.")
    ] = None,
    split: Annotated[str | None, typer.Option("--split", help="A split's name, a seed, or `all`.")] = None,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", help="euclidean, cosine, xqda; may be repeated.")
    ] = None,
    options: Options = None,
) -> None:
    """Rank a data set's queries and report CMC, mAP and mINP."""
    _prepare()
    from resight.experiments.evaluation_job import Wanted, evaluate_job

    wanted = Wanted(
        dataset, data, run, model, method, features, split, tuple(metric or ["euclidean", "xqda"]), _pairs(options)
    )
    _show(evaluate_job(wanted, out, _console(), _command()), out)


@app.command()
def report(results: Annotated[Path, typer.Argument(help="A results.json, or several runs' folder.")], out: Out) -> None:
    """Draw the report anew from a results.json (without the ranked lists' pictures)."""
    from resight.report import Results
    from resight.report.html import write_report

    path = results / "results.json" if results.is_dir() else results
    _console().print(f"report: {write_report(Results.load(path), out)}", highlight=False)


@app.command()
def synthesize(
    out: Annotated[Path, typer.Argument(help="Folder to make; its causes go to OUT.causes.parquet beside it.")],
    layout: Annotated[str, typer.Option(help="prid2011, ilids-vid, mars, folder or scene.")],
    people: Annotated[int, typer.Option(help="Seen by every camera; MARS: so many to train on and to test.")] = 100,
    seed: Annotated[int, typer.Option(help="The world's seed.")] = 0,
    domain: Annotated[str | None, typer.Option(help="What is filmed; the layout has its own.")] = None,
    days: Annotated[int, typer.Option(help="2: the upper half of the cameras films on another day.")] = 1,
    same_clothes: Annotated[bool, typer.Option("--same-clothes", help="A few outfits for all.")] = False,
    twins: Annotated[bool, typer.Option("--twins", help="All alike but for their gait.")] = False,
    gait: Annotated[float, typer.Option(help="How far each gait is from the mean one, 1 as it is.")] = 1.0,
    frames: Annotated[tuple[int, int] | None, typer.Option(help="Shortest and longest tracklet.")] = None,
    distractors: Annotated[int | None, typer.Option(help="Tracklets of people nobody asks for.")] = None,
    junk: Annotated[int | None, typer.Option(help="Tracklets of boxes that miss their people.")] = None,
    seconds: Annotated[float, typer.Option(help="Length of a scene.")] = 60.0,
    video: Annotated[str, typer.Option(help="Kind of a scene's video, mp4 or avi.")] = "mp4",
    workers: Annotated[int | None, typer.Option(help="Processes that draw; one a core.")] = None,
) -> None:
    """Write people of the embedded world to disk in a real data set's layout; a stopped run is taken up."""
    import os

    from resight.synthetic.command import Wanted, synthesize_job

    wanted = Wanted(
        layout, people, seed, domain, days, same_clothes, twins, gait, frames, distractors, junk, seconds, video
    )
    synthesize_job(wanted, out, (os.cpu_count() or 1) if workers is None else workers, _console())


@app.command()
def models() -> None:
    """List the networks and the shipped weights."""
    from resight.models import MODELS, shipped_models

    for name in sorted(MODELS):
        _console().print(f"{name}: {(MODELS[name].__doc__ or '').splitlines()[0]}", highlight=False)
    for name in shipped_models():
        _console().print(f"{name}: shipped weights", highlight=False)


@app.command()
def methods() -> None:
    """List the methods that `--method` takes."""
    from resight.features.methods import METHODS

    for name, text in METHODS.items():
        _console().print(f"{name}: {text}", highlight=False)


@app.command()
def recipes() -> None:
    """List the recipes that come with Resight."""
    from resight.training.recipe import load_recipe, shipped_recipes

    for name in shipped_recipes():
        _console().print(f"{name}: {load_recipe(name).description}", highlight=False)


@datasets_app.command("list")
def datasets_list() -> None:
    """List the data sets by name."""
    from resight.datasets import DATASETS

    for name, reader in DATASETS.items():
        _console().print(f"{name}: {reader.title}", highlight=False)
        for text in (reader.layout, reader.counts, reader.source):
            if text:
                _console().print(f"    {text}", highlight=False)


@datasets_app.command("describe")
def datasets_describe(
    name: str, path: Annotated[Path | None, typer.Argument()] = None, options: Options = None
) -> None:
    """Count a data set's people, cameras, tracklets and frames."""
    from resight.datasets import describe

    _console().print(describe(name, path, **_pairs(options)), highlight=False, markup=False)


@datasets_app.command("check")
def datasets_check(
    name: str,
    path: Path,
    quick: Annotated[bool, typer.Option("--quick", help="Look at the ends of the pictures, decode none.")] = False,
    options: Options = None,
) -> None:
    """Say what is missing, unreadable or out of order; exit code 0 when whole, 2 when damaged."""
    from resight.datasets import check
    from resight.progress import Progress

    with Progress(_console(stderr=True), "pictures") as progress:
        found = check(name, path, quick, progress.tell, **_pairs(options))
    _console().print(str(found), highlight=False, markup=False)
    if not found.ok:
        raise typer.Exit(2)


@datasets_app.command("import")
def datasets_import(
    out: Annotated[Path, typer.Argument(help="Folder to make: person/camera/tracklet/*.png, and tracklets.csv.")],
    video: Annotated[list[Path], typer.Option("--video", help="One camera's video; repeat for each camera.")],
    tracks: Annotated[list[Path], typer.Option("--tracks", help="Its tracks as MOTChallenge text; in the same order.")],
    ids: Annotated[Path | None, typer.Option("--ids", help="A CSV camera,track,person that joins people.")] = None,
    min_frames: Annotated[int, typer.Option(help="Shorter tracks are left out.")] = 1,
    min_visibility: Annotated[float, typer.Option(help="Boxes seen less are left out, 0 to 1.")] = 0.0,
) -> None:
    """Make a data set of your own out of several cameras' videos and their tracks."""
    from resight.datasets.importing import import_tracks

    found = import_tracks(video, tracks, out, ids, min_frames=min_frames, min_visibility=min_visibility)
    _console().print(f"{out}: {found}", highlight=False, markup=False)


@weights_app.command("inspect")
def weights_inspect(path: Path) -> None:
    """Say which format a weight file has and which tensors it holds."""
    from resight.models.weights import inspect

    _console().print(str(inspect(path)), highlight=False, markup=False)


@weights_app.command("convert")
def weights_convert(
    source: Path,
    target: Path,
    sha256: Annotated[str | None, typer.Option(help="Digest that the file must have.")] = None,
    channel_order: Annotated[str | None, typer.Option(help="bgr or rgb.")] = None,
    fc6_order: Annotated[str | None, typer.Option(help="chw or hwc: order of fc6's inputs in Keras files.")] = None,
    pool5: Annotated[str | None, typer.Option(help="caffe or sym: the last pooling's window.")] = None,
    mean: Annotated[
        Path | None, typer.Option(help="A mean cube (.binaryproto, .npy); its channel means are taken.")
    ] = None,
) -> None:
    """Convert a C3D weight file to Resight's own form."""
    from resight.models.weights import convert

    options = {"channel_order": channel_order, "fc6_order": fc6_order, "pool5": pool5}
    found = convert(source, target, sha256=sha256, mean=mean, **options)
    _console().print(str(found), highlight=False, markup=False)


@weights_app.command("list")
def weights_list() -> None:
    """List the public C3D weight files that Resight knows; it downloads none of them."""
    from resight.models.weights import KNOWN

    for known in KNOWN:
        _console().print(str(known), highlight=False, markup=False)


def main() -> None:
    """Run the command; an error a user can cause ends with one sentence and exit code 2."""
    from resight.errors import ResightError

    try:
        app()
    except ResightError as error:
        print(f"resight: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"resight: {where}{error.strerror or error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != STOPPED:  # typer turns Ctrl-C into this exit, without a word
            raise
        print("resight: stopped; run the same command to go on", file=sys.stderr)  # noqa: T201
        sys.exit(STOPPED)


def _prepare() -> None:
    """Tune memory before torch makes its first tensor."""
    from resight.allocator import tune_allocator

    tune_allocator()


def _console(stderr: bool = False) -> Any:
    from rich.console import Console

    return Console(soft_wrap=True, stderr=stderr)


def _command() -> str:
    return " ".join(["resight", *sys.argv[1:]])


def _pairs(items: list[str] | None) -> dict[str, Any]:
    """Parse KEY=VALUE, the value as YAML."""
    import yaml

    from resight.errors import RecipeError

    pairs = {}
    for item in items or []:
        key, sign, value = item.partition("=")
        if not sign:
            raise RecipeError(f"{item!r}: expected KEY=VALUE")
        pairs[key] = yaml.safe_load(value)
    return pairs


def _recipe_changes(items: list[str] | None) -> dict[str, Any]:
    return {key.replace(".", "__"): value for key, value in _pairs(items).items()}


def _show(results: Any, out: Path) -> None:
    """Print the table and the verdicts."""
    from rich.table import Table

    from resight.report import aggregate

    console = _console()
    table = Table("domain", "method", "metric", "rank-1", "5", "10", "20", "mAP")
    for row in aggregate(results.records, results.pooled):
        ranks = [f"{100 * row.cmc[min(k, len(row.cmc)) - 1]:.1f}" for k in (1, 5, 10, 20)]
        table.add_row(row.domain, row.method, row.metric, *ranks, f"{100 * row.map:.1f}")
    console.print(table)
    for c in results.comparisons:
        ends = f"{100 * c.difference:+.1f} ({100 * c.low:+.1f} to {100 * c.high:+.1f})"
        console.print(f"{c.domain}: {c.a} over {c.b}, {c.what}: {ends}: {c.verdict}", highlight=False)
    console.print(f"report: {out / 'report.html'}", highlight=False)
