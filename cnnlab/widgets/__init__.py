"""The course's widgets. They step in a notebook, and in an exported page with no kernel."""

from cnnlab.widgets.convolution_stepper import ConvolutionStepper

__all__ = ["ConvolutionStepper"]
