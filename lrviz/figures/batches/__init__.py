"""The batches lesson's pictures, one file a view; the learner's own batch has one colour in all of them."""

from lrviz.figures.batches.count import count_figure
from lrviz.figures.batches.growth import growth_figure
from lrviz.figures.batches.noise import noise_figure
from lrviz.figures.batches.paths import paths_figure
from lrviz.figures.batches.scaling import scaling_figure

__all__ = ["count_figure", "growth_figure", "noise_figure", "paths_figure", "scaling_figure"]
