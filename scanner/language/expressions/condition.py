"""The expression of `where:`, compiled when it is first asked where its rule is known to be valid."""

from __future__ import annotations

from scanner.base.record import record
from scanner.language.expressions.expression import Evaluate, Expression, compile_expression
from scanner.language.expressions.scope import Scope


@record(eq=False)
class Condition:
    """`evaluate` answers as Expression's does, and `text` is what its writer wrote."""

    text: str
    evaluate: Evaluate

    @classmethod
    def of(cls, expression: Expression) -> Condition:
        """One that was looked through and is compiled."""
        return cls(expression.text, expression.evaluate)

    @classmethod
    def later(cls, text: str) -> Condition:
        """One that is compiled as it is first asked: a scan asks few of the conditions of all rules."""
        made: list[Evaluate] = []

        def evaluate(item: object, scope: Scope) -> object:
            if not made:
                made.append(compile_expression(text).evaluate)
            return made[0](item, scope)

        return cls(text, evaluate)


__all__ = ["Condition"]
