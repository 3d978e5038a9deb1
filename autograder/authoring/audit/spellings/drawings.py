"""Other spellings of drawings: `plt.` for axes, one setter a setting, a legend of given labels."""

from __future__ import annotations

import ast

from autograder.authoring.audit.spellings.trees import (
    body,
    expression,
    functions,
    last_name,
    set_body,
    statement,
)

_SAME = frozenset(
    """
    annotate axhline axis axvline bar fill_between grid hist imshow legend plot scatter text
    """.split()
)
_SETTERS = {
    "set_title": "title",
    "set_xlabel": "xlabel",
    "set_ylabel": "ylabel",
    "set_xlim": "xlim",
    "set_ylim": "ylim",
    "set_xticks": "xticks",
    "set_yticks": "yticks",
}
_SET = ("title", "xlabel", "ylabel", "xlim", "ylim", "xticks", "yticks")


def setters(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """`ax.set(a=…, b=…)` is one call for each."""
    return _expanded(tree, lambda owner, name: f"{owner}.set_{name}")


def _expanded(tree: ast.Module, spell: object) -> bool:
    count = 0

    class Expanding(ast.NodeTransformer):
        def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
            nonlocal count
            call = node.value
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                return node
            if call.func.attr != "set" or call.args or not call.keywords:
                return node
            if any(one.arg not in _SET for one in call.keywords):
                return node
            count += 1
            owner = ast.unparse(call.func.value)
            return [
                statement(f"{spell(owner, one.arg)}({ast.unparse(one.value)})")  # type: ignore[operator]
                for one in call.keywords
            ]

    for function in functions(tree):
        Expanding().visit(function)
    return count > 0


def state_machine(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """A drawing with one pair of axes is made by `plt.` alone."""
    count = 0
    for function in functions(tree):
        statements = body(function)
        made = [_one_axes(one) for one in statements]
        if sum(names is not None for names in made) != 1:
            continue
        place = next(number for number, names in enumerate(made) if names is not None)
        names = made[place]
        assert names is not None
        figure, axes = names
        first = statements[place]
        assert isinstance(first, ast.Assign)
        assert isinstance(first.value, ast.Call)
        words = ", ".join(f"{one.arg}={ast.unparse(one.value)}" for one in first.value.keywords)
        rest = ast.Module([*statements[:place], *statements[place + 1 :]], [])
        holder = ast.FunctionDef(
            "f", function.args, rest.body, [], None, None, lineno=1, col_offset=0
        )
        _expanded(ast.Module([holder], []), lambda owner, name: f"{owner}.set_{name}")
        if not _translatable(holder, figure, axes):
            continue
        moved = _Stateful(figure, axes).visit(holder)
        begin = statement(f"plt.figure({words})")
        set_body(function, [*moved.body[:place], begin, *moved.body[place:]])
        count += 1
    return count > 0


def _one_axes(node: ast.stmt) -> tuple[str, str] | None:
    """Return the names of figure and axes of a `plt.subplots()` that makes one pair of axes."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return None
    call, target = node.value, node.targets[0]
    if ast.unparse(call.func) != "plt.subplots" or call.args or not isinstance(target, ast.Tuple):
        return None
    if any(one.arg not in ("figsize", "layout", "dpi") for one in call.keywords):
        return None
    names = [one.id for one in target.elts if isinstance(one, ast.Name)]
    return (names[0], names[1]) if len(names) == 2 else None


def _translatable(holder: ast.FunctionDef, figure: str, axes: str) -> bool:
    """Whether axes and figure are used by nothing but methods that pyplot has as well."""
    parents = {child: node for node in ast.walk(holder) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(holder):
        if not isinstance(node, ast.Name) or node.id not in (figure, axes) or node.id == "_":
            continue
        parent = parents[node]
        if isinstance(parent, ast.Return):
            continue
        known = _SAME | set(_SETTERS) if node.id == axes else {"colorbar"}
        if not (isinstance(parent, ast.Attribute) and parent.attr in known):
            return False
    return True


class _Stateful(ast.NodeTransformer):
    def __init__(self, figure: str, axes: str) -> None:
        self._figure = figure
        self._axes = axes

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        owner = node.value
        if isinstance(owner, ast.Call) and ast.unparse(owner) in ("plt.gca()", "plt.gcf()"):
            return expression(f"plt.{_SETTERS.get(node.attr, node.attr)}")
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == self._axes:
            return expression("plt.gca()")
        return expression("plt.gcf()") if node.id == self._figure != "_" else node


def legend_of_labels(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """Labels are given to the legend, not to the curves."""
    count = 0
    for function in functions(tree):
        labelled = [
            (node, one)
            for node in ast.walk(function)
            if isinstance(node, ast.Call) and last_name(node.func) == "plot"
            for one in node.keywords
            if one.arg == "label" and isinstance(one.value, ast.Constant)
        ]
        legends = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Call) and last_name(node.func) == "legend"
        ]
        if len(labelled) < 2 or len(legends) != 1 or legends[0].args or legends[0].keywords:
            continue
        ordered = sorted(labelled, key=lambda one: one[0].lineno)
        legends[0].args = [ast.List([one.value for _, one in ordered], ast.Load())]
        for call, one in ordered:
            call.keywords.remove(one)
        count += 1
    return count > 0


SPELLINGS = {
    "setters": setters,
    "state_machine": state_machine,
    "legend_of_labels": legend_of_labels,
}
