"""How many examples the property tests try."""

from hypothesis import HealthCheck, settings

__all__ = ["examples", "register_profiles"]

USUAL_EXAMPLES = 100
NIGHT_FACTOR = 10


def register_profiles() -> None:
    """Make the profiles known and choose ``default``; on a busy machine no example is too slow."""
    for name, count in (("default", 1), ("ci", 1), ("night", NIGHT_FACTOR)):
        settings.register_profile(
            name,
            max_examples=USUAL_EXAMPLES * count,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            print_blob=True,
            derandomize=False,
        )
    settings.load_profile("default")


def examples(usual: int) -> settings:
    """Set another number of examples than the usual one for a test; ``night`` multiplies it as all others."""
    return settings(max_examples=usual * settings().max_examples // USUAL_EXAMPLES)
