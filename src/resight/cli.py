"""The `resight` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from resight.cli_datasets import datasets_app
from resight.cli_lists import methods, models, recipes
from resight.cli_reproduce import reproduce
from resight.cli_synthesize import synthesize
from resight.cli_weights import weights_app
from resight.errors import RecipeError, ResightError
from resight.terminal import Options, console, pairs

app = typer.Typer(
    name="resight",
    help="Video-based person re-identification: train, extract, match, evaluate, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(datasets_app, name="datasets")
app.add_typer(weights_app, name="weights")

STOPPED = 130
"""Exit code on Ctrl-C."""

Out = Annotated[Path, typer.Option("-o", "--out", help="Folder for what comes out.")]
Data = Annotated[Path | None, typer.Option("--data", help="Where the data set lies.")]
DatasetName = Annotated[str, typer.Option("--dataset", help="A name from `resight datasets list`.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", help="KEY=VALUE of the recipe (dots between levels) or of the method.")
]
MethodName = Annotated[str | None, typer.Option("--method", help="A name from `resight methods`.")]
Split = Annotated[str | None, typer.Option("--split", help="A split's name, a seed, `all`, or FILE.json.")]
Published = Annotated[bool, typer.Option("--published", help="The method's published schedule, whatever it costs.")]
Rerank = Annotated[bool, typer.Option("--rerank", help="Add k-reciprocal re-ranked rows of their own.")]
ByCamera = Annotated[bool, typer.Option("--by-camera", help="Add rows on features standardised within their camera.")]


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
    results = run_recipe(loaded, out, data, seeds, console(), _command())
    _show(results, out)


@app.command()
def matrix(
    recipe: Annotated[str, typer.Argument(help="A recipe that trains on two or more domains.")],
    out: Out = Path("matrix"),
    data: Data = None,
    seeds: Annotated[int, typer.Option(help="Repeats, each with its own split and networks.")] = 1,
    changes: Changes = None,
) -> None:
    """Train a recipe on each of its domains and on all together; test each network on every domain."""
    _prepare()
    from resight.experiments.matrix_job import matrix_job
    from resight.training.recipe import load_recipe

    loaded = load_recipe(recipe, **_recipe_changes(changes))
    _show(matrix_job(loaded, out, data, seeds, console(), _command()), out)


@app.command()
def train(
    recipe: Annotated[str | None, typer.Argument(help="A shipped recipe's name, or a YAML file.")] = None,
    out: Out = Path("run"),
    data: Data = None,
    changes: Changes = None,
    method: Annotated[str | None, typer.Option("--method", help="A method that learns, in a recipe's place.")] = None,
    dataset: Annotated[str | None, typer.Option("--dataset", help="What the method learns on.")] = None,
    split: Split = None,
    published: Published = False,
    options: Options = None,
) -> None:
    """Train a recipe's network, or a method on a split's training people; what was stopped is taken up."""
    _prepare()
    if (recipe is None) == (method is None):
        raise RecipeError("give a recipe, or --method and --dataset")
    if recipe is None:
        assert method is not None
        _train_method(method, dataset, data, split, published, pairs(changes), pairs(options), out)
        return
    from resight.experiments.sources import leaks_of, open_sources, training_people
    from resight.training.recipe import load_recipe
    from resight.training.run import train as train_recipe

    loaded = load_recipe(recipe, **_recipe_changes(changes))
    opened = open_sources(loaded, data, loaded.seed, to_train=True)
    best = train_recipe(loaded, training_people(opened), out, leaks_of(opened), console())
    console().print(f"trained: {best}", highlight=False)


@app.command()
def extract(
    dataset: DatasetName,
    out: Out,
    data: Data = None,
    run: Annotated[Path | None, typer.Option("--run", help="A run's folder.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A shipped model or a .safetensors file.")] = None,
    method: MethodName = None,
    options: Options = None,
) -> None:
    """Extract the features of all tracklets of a data set into a Parquet and a safetensors file."""
    _prepare()
    from resight.datasets import open_dataset
    from resight.features.extract import extract_features, save_features, store_key
    from resight.features.store import FeatureStore, feature_dim
    from resight.methods.opening import choose_method
    from resight.progress import Progress

    extractor = choose_method(run, model, method)
    tracklets = open_dataset(dataset, data, **pairs(options)).tracklets
    path = out / f"{store_key(extractor, tracklets)}.safetensors"
    if not path.is_file():
        with Progress(console(stderr=True), "tracklets") as progress:
            features = extract_features(extractor, tracklets, out, lambda done: progress.tell(done, len(tracklets)))
        save_features(extractor, tracklets, features, path)
        FeatureStore(out, extractor.key()).clear()
    console().print(f"{len(tracklets):,} features of {feature_dim(path)} dimensions: {path}")


@app.command()
def evaluate(
    out: Out,
    dataset: Annotated[str | None, typer.Option("--dataset", help="A name from `resight datasets list`.")] = None,
    data: Data = None,
    run: Annotated[Path | None, typer.Option("--run", help="A run's folder.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A shipped model or a .safetensors file.")] = None,
    method: MethodName = None,
    features: Annotated[
        Path | None, typer.Option("--features", help=".npz or .mat with features, persons, cameras.")
    ] = None,
    split: Split = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", help="euclidean, xqda …, or own; may be repeated. Without it: own, Euclid, XQDA."),
    ] = None,
    changes: Changes = None,
    published: Published = False,
    rerank: Rerank = False,
    by_camera: ByCamera = False,
    options: Options = None,
) -> None:
    """Rank a data set's queries and report CMC, mAP and mINP."""
    _prepare()
    from resight.experiments.evaluation_job import Wanted, evaluate_job

    metrics = tuple(metric or ["euclidean", "xqda"])
    wanted = Wanted(
        dataset=dataset,
        data=data,
        run=run,
        model=model,
        method=method,
        features=features,
        split=split,
        metrics=metrics,
        options=pairs(options),
        settings=pairs(changes),
        published=published,
        rerank=rerank,
        by_camera=by_camera,
        own=not metric,
    )
    _show(evaluate_job(wanted, out, console(), _command()), out)


@app.command()
def compare(
    methods: Annotated[list[str], typer.Argument(help="Names from `resight methods` or `models`, or folders of runs.")],
    dataset: DatasetName,
    out: Out,
    data: Data = None,
    split: Split = None,
    metric: Annotated[list[str] | None, typer.Option("--metric", help="As in evaluate; may be repeated.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="METHOD.KEY=VALUE of a method that learns; may be repeated.")
    ] = None,
    published: Published = False,
    rerank: Rerank = False,
    by_camera: ByCamera = False,
    options: Options = None,
) -> None:
    """Train, evaluate and test several methods against each other on the same splits, with what each costs."""
    _prepare()
    from resight.experiments.compare import compare_job
    from resight.experiments.evaluation_job import Wanted

    metrics = tuple(metric or ["euclidean", "xqda"])
    wanted = Wanted(
        dataset=dataset,
        data=data,
        run=None,
        model=None,
        method=None,
        features=None,
        split=split,
        metrics=metrics,
        options=pairs(options),
        settings=pairs(changes),
        published=published,
        rerank=rerank,
        by_camera=by_camera,
        own=not metric,
    )
    _show(compare_job(methods, wanted, out, console(), _command()), out)


@app.command()
def report(results: Annotated[Path, typer.Argument(help="A results.json, or several runs' folder.")], out: Out) -> None:
    """Draw the report anew from a results.json (without the ranked lists' pictures)."""
    from resight.report import Results
    from resight.report.html import write_report

    path = results / "results.json" if results.is_dir() else results
    console().print(f"report: {write_report(Results.load(path), out)}", highlight=False)


for command in (reproduce, synthesize, models, methods, recipes):
    app.command()(command)


def main() -> None:
    """Run the command; an error a user can cause ends with one sentence and exit code 2."""
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


def _train_method(
    method: str,
    dataset: str | None,
    data: Path | None,
    split: str | None,
    published: bool,
    settings: dict[str, Any],
    options: dict[str, Any],
    out: Path,
) -> None:
    from resight.datasets import open_dataset
    from resight.datasets.seen import populations
    from resight.methods import open_trainable

    if dataset is None:
        raise RecipeError(f"method {method} needs a --dataset to learn on")
    opened = open_dataset(dataset, data, **options)
    people = opened.split(split)
    leaks = (opened.leaks,) if opened.leaks else ()
    trainable = open_trainable(method, published, **settings)
    named = populations(dataset, options, people)
    trainable.train(people.train, out, people.seed or 0, leaks, console(), named)
    console().print(f"trained: {out}", highlight=False)


def _prepare() -> None:
    """Tune memory before torch makes its first tensor."""
    from resight.allocator import tune_allocator

    tune_allocator()


def _command() -> str:
    return " ".join(["resight", *sys.argv[1:]])


def _recipe_changes(items: list[str] | None) -> dict[str, Any]:
    return {key.replace(".", "__"): value for key, value in pairs(items).items()}


def _show(results: Any, out: Path) -> None:
    """Print the table and the verdicts."""
    from rich.table import Table

    from resight.report import aggregate

    out_to = console()
    table = Table("domain", "method", "metric", "rank-1", "5", "10", "20", "mAP")
    for row in aggregate(results.records, results.pooled):
        ranks = [f"{100 * row.cmc[min(k, len(row.cmc)) - 1]:.1f}" for k in (1, 5, 10, 20)]
        table.add_row(row.domain, row.method, row.metric, *ranks, f"{100 * row.map:.1f}")
    out_to.print(table)
    for c in results.comparisons:
        ends = f"{100 * c.difference:+.1f} ({100 * c.low:+.1f} to {100 * c.high:+.1f})"
        out_to.print(f"{c.domain}: {c.a} over {c.b}, {c.what}: {ends}: {c.verdict}", highlight=False)
    out_to.print(f"report: {out / 'report.html'}", highlight=False)
