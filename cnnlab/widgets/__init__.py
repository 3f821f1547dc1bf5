"""The course's widgets. They step in a notebook, and in an exported page with no kernel."""

import sys

from cnnlab import course
from cnnlab.widgets.convolution_stepper import ConvolutionStepper
from cnnlab.widgets.cost_table import CostTable
from cnnlab.widgets.feedback import Feedback
from cnnlab.widgets.frames import Frames
from cnnlab.widgets.gradient_stamps import GradientStamps
from cnnlab.widgets.inventory import Inventory
from cnnlab.widgets.kernel_painter import KernelPainter
from cnnlab.widgets.learning import Learning
from cnnlab.widgets.network_explorer import NetworkExplorer
from cnnlab.widgets.output_size_ruler import OutputSizeRuler
from cnnlab.widgets.photograph import Photograph
from cnnlab.widgets.prediction import Prediction, PredictionSummary
from cnnlab.widgets.quiz import Quiz
from cnnlab.widgets.receptive_field import ReceptiveField
from cnnlab.widgets.review import Review

__all__ = [
    "ConvolutionStepper",
    "CostTable",
    "Feedback",
    "Frames",
    "GradientStamps",
    "Inventory",
    "KernelPainter",
    "Learning",
    "NetworkExplorer",
    "OutputSizeRuler",
    "Photograph",
    "Prediction",
    "PredictionSummary",
    "Quiz",
    "ReceptiveField",
    "Review",
]

course.say_where_progress_is()
if "ipykernel" in sys.modules:  # a notebook; elsewhere torch is not loaded for it
    from cnnlab.data.memory import say_if_short

    say_if_short()
