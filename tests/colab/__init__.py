"""The list of packages that Colab publishes, and which of them its tests install."""
