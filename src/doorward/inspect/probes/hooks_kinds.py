"""What code that runs unasked means when it is new."""

from __future__ import annotations

from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = [
    "BUILD_BACKEND",
    "BUILD_PATH",
    "COMMAND",
    "COMMAND_LINE",
    "DATA_FILE",
    "ENTRY_TARGET",
    "INSTALL_COMMAND",
    "INSTALL_SCRIPT",
    "KINDS",
    "MAINTAINER",
    "MAINTAINER_LINE",
    "MAINTAINER_SCRIPT",
    "NPM_LIFECYCLE",
    "PLUGIN",
    "PTH_IMPORT",
    "PTH_PATH",
    "SETUP_CALL",
    "SETUP_COMMAND",
    "SETUP_PY",
    "STARTUP_MODULE",
    "SYSTEM_FILE",
]

INSTALL = "Installing must not run what nobody asked for: most back doors in registries begin in such a hook."
READ_IT = "Read the code that runs: it is quoted here in full or starts at the quoted line."

PTH_IMPORT = TraitKind(
    "hook.pth-import",
    Channel.HOOK,
    Suspicion.STRONG,
    "a .pth file runs code at every start of Python: {key}",
    "`site` executes each line of a .pth file that begins with `import`, in every Python process, whether or"
    " not the package is used.",
    "Namespace packages, editable installs and coverage tools use such lines.",
    READ_IT,
    ("T1546.018",),
    always_block=True,
)
PTH_PATH = TraitKind(
    "hook.pth-path",
    Channel.HOOK,
    Suspicion.WEAK,
    "a .pth file adds {key} to the module search path",
    "A directory put on the path can hold modules that replace others.",
    "The ordinary purpose of .pth files.",
    "Look at what that directory holds.",
    ("T1574",),
)
STARTUP_MODULE = TraitKind(
    "hook.startup-module",
    Channel.HOOK,
    Suspicion.STRONG,
    "{key} runs at every start of Python",
    "Python imports sitecustomize and usercustomize by name before any program.",
    "Distributions and debuggers ship one on purpose; a package from a registry hardly ever.",
    READ_IT,
    ("T1546.018",),
    closed_keys=True,
    always_block=True,
)
DATA_FILE = TraitKind(
    "hook.outside-package",
    Channel.HOOK,
    Suspicion.WEAK,
    "installs files outside of the package, below {key}",
    "A wheel's data scheme writes anywhere below the environment's prefix.",
    "Manual pages, desktop files, notebooks' extensions.",
    "See which file it is and who reads it there.",
    ("T1036.005",),
    closed_keys=True,
)
COMMAND = TraitKind(
    "hook.command",
    Channel.HOOK,
    Suspicion.WEAK,
    "installs the command {key}",
    "A command on the search path can stand before another of the same name.",
    "Packages gain commands all the time.",
    "See that the name does not shadow a system command.",
    ("T1574.007",),
)
PLUGIN = TraitKind(
    "hook.plugin",
    Channel.HOOK,
    Suspicion.MEDIUM,
    "registers a plug-in that other programs load by themselves: group {key}",
    "A plug-in runs inside every host program (pytest, linters, notebooks) without being asked for.",
    "The package became a plug-in, and says so in its documentation.",
    "Look at the entry point's module.",
    ("T1546",),
)
ENTRY_TARGET = TraitKind(
    "hook.entry-point",
    Channel.HOOK,
    Suspicion.WEAK,
    "entry point {key}",
    "Changing where an entry point leads changes what runs.",
    "Commands and plug-ins are added and moved in ordinary development.",
    "Look at the named function.",
    ("T1546",),
)
SETUP_PY = TraitKind(
    "hook.setup-py",
    Channel.HOOK,
    Suspicion.MEDIUM,
    "{key} runs when the source is installed",
    INSTALL,
    "Source archives of older projects all have one.",
    READ_IT,
    ("T1195.002",),
    closed_keys=True,
)
SETUP_COMMAND = TraitKind(
    "hook.setup-command",
    Channel.HOOK,
    Suspicion.MEDIUM,
    "setup.py replaces the {key} command",
    "An own install or build command is where packages hide code that runs at installation.",
    "Extensions that need a compiler or generated files override build commands.",
    READ_IT,
    ("T1195.002",),
)
SETUP_CALL = TraitKind(
    "hook.setup-call",
    Channel.HOOK,
    Suspicion.WEAK,
    "setup.py calls {key} as soon as it is read",
    "Code at module level of setup.py runs at installation, before anything is built.",
    "Reading the version and the long description.",
    READ_IT,
    ("T1195.002",),
)
BUILD_BACKEND = TraitKind(
    "hook.build-backend",
    Channel.HOOK,
    Suspicion.WEAK,
    "is built by {key}",
    "The build backend is a program that runs when the source is installed.",
    "Projects move between the well-known backends.",
    "See that the backend is a published, well-known one.",
    ("T1195.002",),
)
BUILD_PATH = TraitKind(
    "hook.build-path",
    Channel.HOOK,
    Suspicion.MEDIUM,
    "brings its own build backend, from {key}",
    "`backend-path` makes code of the archive itself the build backend: it runs at installation.",
    "Build tools build themselves so; a few projects wrap their backend.",
    READ_IT,
    ("T1195.002",),
)
INSTALL_SCRIPT = TraitKind(
    "hook.install-script",
    Channel.HOOK,
    Suspicion.STRONG,
    "runs a script when it is installed: {key}",
    INSTALL,
    "Packages with native code build or fetch it so.",
    READ_IT,
    ("T1195.002", "T1059.007"),
    closed_keys=True,
    always_block=True,
)
INSTALL_COMMAND = TraitKind(
    "hook.install-command",
    Channel.HOOK,
    Suspicion.STRONG,
    "the script that runs at installation is: {key}",
    "A changed install command keeps the hook's name and changes what runs.",
    "Build flags and tool names change.",
    READ_IT,
    ("T1195.002", "T1059.007"),
)
NPM_LIFECYCLE = TraitKind(
    "hook.lifecycle-script",
    Channel.HOOK,
    Suspicion.WEAK,
    "has a {key} script",
    "Runs when the package is installed from git or a folder, packed or published, not from the registry.",
    "Developers' build steps.",
    READ_IT,
    ("T1195.002",),
    closed_keys=True,
)
MAINTAINER = TraitKind(
    "hook.package-script",
    Channel.HOOK,
    Suspicion.STRONG,
    "runs hand-written code at installation, as administrator ({key})",
    "Scripts of system packages run as root on every machine that installs the update.",
    "Packages gain one to migrate settings or to register with the system.",
    READ_IT,
    ("T1195.002", "T1059.004"),
    closed_keys=True,
    always_block=True,
)
MAINTAINER_SCRIPT = TraitKind(
    "hook.package-script-name",
    Channel.HOOK,
    Suspicion.WEAK,
    "has a {key} script",
    "Another moment at which the package's code runs as root.",
    "Packaging tools generate most of them.",
    READ_IT,
    ("T1195.002",),
)
MAINTAINER_LINE = TraitKind(
    "hook.package-script-line",
    Channel.HOOK,
    Suspicion.MEDIUM,
    "runs at installation, as administrator: {key}",
    "One added line in a script that runs as root is enough.",
    "Migrations and fixes of the packaging.",
    READ_IT,
    ("T1195.002", "T1059.004"),
)
SYSTEM_FILE = TraitKind(
    "hook.system-file",
    Channel.HOOK,
    Suspicion.MEDIUM,
    "installs a file that the system acts on by itself: {key}",
    "Timers, services, rules and profiles start code without anybody asking, and survive a restart.",
    "Servers and desktop programs come with units, rules and completions.",
    "Read what the file starts, and as whom.",
    ("T1543.002", "T1053.003", "T1546"),
    closed_keys=True,
)
COMMAND_LINE = TraitKind(
    "hook.command-line",
    Channel.HOOK,
    Suspicion.MEDIUM,
    "makes the system run: {key}",
    "A changed command in a unit, timer or rule changes what runs, with the same file in place.",
    "Options of services change.",
    "Read the command, and what it names.",
    ("T1543.002", "T1053.003", "T1546"),
)

KINDS = (
    PTH_IMPORT,
    PTH_PATH,
    STARTUP_MODULE,
    DATA_FILE,
    COMMAND,
    PLUGIN,
    ENTRY_TARGET,
    SETUP_PY,
    SETUP_COMMAND,
    SETUP_CALL,
    BUILD_BACKEND,
    BUILD_PATH,
    INSTALL_SCRIPT,
    INSTALL_COMMAND,
    NPM_LIFECYCLE,
    MAINTAINER,
    MAINTAINER_SCRIPT,
    MAINTAINER_LINE,
    SYSTEM_FILE,
    COMMAND_LINE,
)
