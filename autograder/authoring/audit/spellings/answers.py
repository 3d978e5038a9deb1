"""Other spellings of plain Python: names, helpers, returned values, arithmetic, conditions."""

from __future__ import annotations

import ast
import copy

from autograder.authoring.audit.spellings.trees import (
    body,
    expression,
    functions,
    last_name,
    replace,
    set_body,
    with_import,
)

_FLIPPED: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Eq: ast.Eq(),
    ast.NotEq: ast.NotEq(),
    ast.Lt: ast.Gt(),
    ast.Gt: ast.Lt(),
    ast.LtE: ast.GtE(),
    ast.GtE: ast.LtE(),
}


def renamed_locals(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """Every local variable has another name."""
    count = 0
    for function in functions(tree):
        nested = (ast.FunctionDef, ast.Lambda, ast.Global, ast.Nonlocal, ast.ClassDef)
        if any(isinstance(node, nested) for node in ast.walk(function) if node is not function):
            continue
        given = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
        bound = {
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in bound - given - {"_"}:
                node.id = f"my_{node.id}"
                count += 1
    return count > 0


def helper(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """Each answer stands in a helper function, which the asked function calls."""
    helpers: list[ast.stmt] = []
    for function in functions(tree):
        given = function.args
        if given.vararg or given.kwarg:
            return False
        name = f"_{function.name}_helper"
        inner = copy.deepcopy(function)
        inner.name = name
        set_body(inner, body(inner))
        inner.body = body(inner)
        inner.args.defaults, inner.args.kw_defaults = [], [None] * len(given.kwonlyargs)
        helpers.append(inner)
        words = [one.arg for one in [*given.posonlyargs, *given.args]]
        words += [f"{one.arg}={one.arg}" for one in given.kwonlyargs]
        call = ast.Return(expression(f"{name}({', '.join(words)})"))
        set_body(function, [call])
    tree.body = [*helpers, *tree.body]
    return bool(helpers)


def named_result(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """What is returned has a name first."""
    count = 0
    for function in functions(tree):
        statements = body(function)
        last = statements[-1]
        if isinstance(last, ast.Return) and not isinstance(last.value, (ast.Name, type(None))):
            bound = ast.Assign([ast.Name("final_result", ast.Store())], last.value)
            answer = ast.Return(ast.Name("final_result", ast.Load()))
            set_body(function, [*statements[:-1], bound, answer])
            count += 1
    return count > 0


def bare(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """Docstrings and annotations are gone."""
    for function in functions(tree):
        function.body = body(function)
        function.returns = None
        for argument in ast.walk(function.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
    return bool(functions(tree))


def list_for_tuple(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """A list is returned instead of a tuple."""
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            node.value = ast.List(node.value.elts, ast.Load())
            count += 1
    return count > 0


def numpy_scalar(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """A number is returned as NumPy's."""
    count = 0
    for function in functions(tree):
        kinds = {"int": "int64", "float": "float64"}
        kind = kinds.get(ast.unparse(function.returns) if function.returns else "")
        for node in ast.walk(function):
            if kind and isinstance(node, ast.Return) and node.value is not None:
                function_ = expression(f"np.{kind}")
                node.value = ast.Call(function_, [node.value], [])
                count += 1
    if count:
        with_import(tree, "import numpy as np")
    return count > 0


def flipped(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """Comparisons stand the other way round, and factors that are numbers come last."""

    def rewrite(node: ast.expr) -> ast.expr | None:
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _FLIPPED:
            return ast.Compare(node.comparators[0], [_FLIPPED[type(node.ops[0])]], [node.left])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            numbers = [isinstance(side, ast.Constant) for side in (node.left, node.right)]
            if any(numbers):
                return ast.BinOp(node.right, node.op, node.left)
        return None

    return replace(tree, rewrite)


def branches(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """A conditional expression that is returned is an `if` statement."""
    count = 0
    for function in functions(tree):
        statements = body(function)
        last = statements[-1]
        if isinstance(last, ast.Return) and isinstance(last.value, ast.IfExp):
            chosen = last.value
            branch = ast.If(chosen.test, [ast.Return(chosen.body)], [])
            set_body(function, [*statements[:-1], branch, ast.Return(chosen.orelse)])
            count += 1
    return count > 0


def types_as_objects(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """A type is NumPy's object, not its name; whole divisors are fractions."""

    def rewrite(node: ast.expr) -> ast.expr | None:
        if isinstance(node, ast.Call) and last_name(node.func) == "astype" and node.args:
            given = node.args[0]
            if isinstance(given, ast.Constant) and given.value in ("float32", "float64", "int64"):
                return ast.Call(node.func, [expression(f"np.{given.value}")], node.keywords)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            by = node.right
            if isinstance(by, ast.Constant) and type(by.value) is int:
                return ast.BinOp(node.left, node.op, ast.Constant(float(by.value)))
        return None

    if not replace(tree, rewrite):
        return False
    with_import(tree, "import numpy as np")
    return True


def updates(tree: ast.Module, asks: str) -> bool:  # noqa: ARG001
    """`a += b` is `a = a + b`."""
    changed = False

    class Plain(ast.NodeTransformer):
        def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
            nonlocal changed
            if not isinstance(node.target, ast.Name):
                return node
            changed = True
            now = ast.Name(node.target.id, ast.Load())
            return ast.Assign([node.target], ast.BinOp(now, node.op, node.value))

    Plain().visit(tree)
    return changed


SPELLINGS = {
    "renamed_locals": renamed_locals,
    "helper": helper,
    "named_result": named_result,
    "bare": bare,
    "list_for_tuple": list_for_tuple,
    "numpy_scalar": numpy_scalar,
    "flipped": flipped,
    "branches": branches,
    "types_as_objects": types_as_objects,
    "updates": updates,
}
