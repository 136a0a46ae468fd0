"""From a source tree, or from a wheel, to variant wheels."""
