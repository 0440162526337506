"""Evaluates the chart's CEL expressions over objects, as the API server would."""

import functools

import celpy

_environment = celpy.Environment()


@functools.lru_cache
def _program(expression):
    return _environment.program(_environment.compile(expression))


def holds(expression, pod):
    """The value of an expression over `object`; an evaluation error is an error here too."""
    result = _program(expression).evaluate({"object": celpy.json_to_cel(pod)})
    if isinstance(result, celpy.CELEvalError):
        raise result
    return bool(result)


def called(webhook, pod):
    """Whether the API server would ask this webhook entry about the pod: all conditions hold."""
    return all(holds(condition["expression"], pod) for condition in webhook.get("matchConditions", []))
