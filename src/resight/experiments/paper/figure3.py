"""Figure 3: responses of the first two layers to a clip, saliency, and class models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resight.experiments.paper.data import TRAINED_ON, user_clip
from resight.experiments.paper.experiment import Experiment, Page
from resight.experiments.paper.networks import NOT_HERE, Network, networks, trainings
from resight.frames import Frames
from resight.inspection.class_model import class_model
from resight.inspection.responses import layer_responses
from resight.inspection.saliency import onto_frames, retrieval_saliency
from resight.plots.class_model import class_model_figure
from resight.plots.responses import responses_figure
from resight.plots.saliency import saliency_figure
from resight.tracklets import Tracklet

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

LAYERS = ("conv1a", "conv2a")
CLASSES = 2
CLIMB = {"steps": 120, "rate": 0.05, "step": "normalised", "jitter": 2, "blur": 0.5}
"""How class models are climbed: small networks need normalised steps (`resight.inspection.class_model`)."""


def page(lab: Lab) -> Page:
    """Draw what the last of the networks that are here sees in the first query of a set, and in the user's clip."""
    if not lab.data.here(TRAINED_ON):
        return Page(notes=[f"n/a: none of {', '.join(TRAINED_ON)} is here."])
    found = networks(lab)
    network, page = found[-1], Page()
    if len(found) < 2:
        page.notes.append(f"{NOT_HERE} Shown is C3D before fine-tuning.")
    domain = lab.data.here(TRAINED_ON)[0]
    split = lab.split(domain, 0)
    drawn = {"set": (split.query[0], split.gallery[0])}
    if lab.clip is not None:
        drawn["clip"] = user_clip(lab.clip, lab.boxes)
    else:
        page.notes.append("A clip of your own is shown with `--clip VIDEO --boxes TRACKS`.")
    for name, (query, other) in drawn.items():
        _add(page, name, query, other, network)
    labels = network[1].config["num_classes"]
    if len(found) < 2 or labels < CLASSES:
        page.notes.append("No class models: they need a fine-tuned network that kept its classifier of people.")
    else:
        models = {f"class {c}": class_model(network[1], c, network[2], **CLIMB).frames for c in range(CLASSES)}  # type: ignore[arg-type]
        page.figures.append(("class-models", class_model_figure(models), "Clips that two classes respond to most."))
    return page


def _add(page: Page, name: str, query: Tracklet, other: Tracklet, network: Network) -> None:
    """Add a tracklet's responses, and its saliency for being like another."""
    title, net, preprocessing = network
    clip = _clip(query, net.input_size[0])
    for layer in LAYERS:
        seen = layer_responses(net, clip, preprocessing, layer, top=17)
        frame = clip[len(clip) // 2]
        drawn = responses_figure(seen.maps, seen.channels, frame, f"{layer}, {title}")
        words = f"The channels of {layer} that respond most to a tracklet of {query.domain}."
        page.figures.append((f"responses-{name}-{layer}", drawn, words))
    import torch

    from resight.inspection.inputs import network_input

    with torch.inference_mode():
        feature = net.features(network_input(net, _clip(other, net.input_size[0]), preprocessing))[0].cpu().numpy()
    maps = retrieval_saliency(net, clip, feature, preprocessing)
    size = (int(clip.shape[1]), int(clip.shape[2]))
    drawn = saliency_figure(clip, np.clip(onto_frames(maps, preprocessing, size), 0, 1), title)
    page.figures.append((f"saliency-{name}", drawn, f"What sways the likeness to a gallery tracklet, {query.domain}."))


def _clip(tracklet: Tracklet, length: int) -> Frames:
    return tracklet.load([i % len(tracklet) for i in range(length)])


EXPERIMENT = Experiment(
    "Figure 3: what the layers respond to",
    "Responses of the first two layers to a clip, the gradient of a match, and, where the network kept its classifier, "
    "clips that classes respond to most.",
    trainings,
    page,
    TRAINED_ON,
)
