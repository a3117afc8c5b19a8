"""Ways to run decoded bytes. They are random bytes: every one of these would only raise."""

from __future__ import annotations

from doorward.drill.python_code.draft import Draft

__all__ = ["RUNS", "runner"]

RUNS: dict[str, str] = {
    "exec": """
        def $run($code):
            exec($code, {"__name__": "PLAIN"})
    """,
    "exec-compile": """
        def $run($code):
            exec(compile($code, "<PLAIN>", "exec"), globals())
    """,
    "eval": """
        def $run($code):
            return eval(compile($code.decode("utf-8", "ignore"), "", "eval"))
    """,
    "builtins": """
        def $run($code):
            return getattr({builtins}, "ex" + "ec")($code)
    """,
    "subscript": """
        def $run($code):
            return {sys}.modules["builtins"].__dict__["exec"]($code, {})
    """,
    "function-type": """
        def $run($code):
            return {types}.FunctionType({marshal}.loads($code), globals())()
    """,
    "module": """
        def $run($code):
            $module = {types}.ModuleType("PLAIN")
            exec($code, $module.__dict__)
            {sys}.modules["PLAIN"] = $module
            return $module
    """,
    "loader": """
        class $Loader:
            def create_module(self, $spec):
                return None

            def exec_module(self, $module):
                exec(self.$code, $module.__dict__)

        def $run($code):
            $Loader.$code = $code
            $spec = {importlib.util}.spec_from_loader("PLAIN", $Loader())
            $module = {importlib.util}.module_from_spec($spec)
            $spec.loader.exec_module($module)
    """,
    "interpreter": """
        def $run($code):
            {code}.InteractiveInterpreter().runsource($code.decode("latin-1"), symbol="exec")
    """,
    "run-path": """
        def $run($code):
            with {tempfile}.NamedTemporaryFile("wb", suffix=".py", delete=False) as $stream:
                $stream.write($code)
            return {runpy}.run_path($stream.name)
    """,
    "pickle": """
        def $run($code):
            return {pickle}.loads($code)
    """,
    "process": """
        def $run($code):
            $path = {os}.path.join({tempfile}.gettempdir(), "PLAIN")
            with open($path, "wb") as $stream:
                $stream.write($code)
            {os}.chmod($path, 0o700)
            {subprocess}.Popen([$path], stdout={subprocess}.DEVNULL, stderr={subprocess}.DEVNULL)
    """,
    "interpreter-process": """
        def $run($code):
            return {subprocess}.Popen([{sys}.executable, "-c", $code.decode("latin-1")], close_fds=True)
    """,
    "native-mmap": """
        def $run($code):
            $area = {mmap}.mmap(-1, len($code), prot={mmap}.PROT_READ | {mmap}.PROT_WRITE | {mmap}.PROT_EXEC)
            $area.write($code)
            $address = {ctypes}.addressof({ctypes}.c_char.from_buffer($area))
            return {ctypes}.CFUNCTYPE({ctypes}.c_int)($address)
    """,
    "native-windows": """
        def $run($code):
            $kernel = {ctypes}.windll.kernel32
            $address = $kernel.VirtualAlloc(None, len($code), 0x3000, 0x40)
            $kernel.RtlMoveMemory($address, $code, len($code))
            return $kernel.CreateThread(None, 0, $address, None, 0, None)
    """,
    "native-libc": """
        def $run($code):
            $libc = {ctypes}.CDLL(None)
            $libc.mmap.restype = {ctypes}.c_void_p
            $address = $libc.mmap(0, len($code), 7, 0x22, -1, 0)
            {ctypes}.memmove($address, $code, len($code))
            return {ctypes}.CFUNCTYPE(None)($address)
    """,
}


def runner(draft: Draft, *shapes: str) -> str:
    """Define a function that runs bytes, in one of these shapes or any, and give its name."""
    text = RUNS[draft.chance.pick(shapes or tuple(RUNS))]
    for module in sorted({part.split("}")[0] for part in text.split("{")[1:]}):
        if module and '"' not in module:
            text = text.replace("{" + module + "}", draft.use(module))
    draft.define(text.replace("PLAIN", draft.chance.word()))
    return draft.names["run"]
