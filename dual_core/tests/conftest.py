"""How property tests run, where hypothesis is there: on a slow machine as on a fast one."""

from importlib.util import find_spec

if find_spec("hypothesis") is not None:
    from hypothesis import HealthCheck, settings

    settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("unhurried")
