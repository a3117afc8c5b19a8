"""A small benign C library in two neighbouring versions: what a native implant is compiled into."""

# ruff: noqa: E501 -- templates of another language keep their own lines

from __future__ import annotations

from dataclasses import dataclass

from doorward.drill.chance import Chance, Names

__all__ = ["Library", "draw_library"]

_FUNCTIONS: tuple[str, ...] = (
    """EXPORT unsigned NAME_crc(const unsigned char *p, unsigned n) {
    unsigned c = 0xffffffffu, i, k;
    for (i = 0; i < n; i++) { c ^= p[i]; for (k = 0; k < 8; k++) c = c & 1 ? (c >> 1) ^ 0xedb88320u : c >> 1; }
    return ~c ^ TWEAK;
}""",
    """EXPORT int NAME_trim(char *s) {
    int a = 0, b = (int)strlen(s);
    while (s[a] == ' ' || s[a] == '\\t') a++;
    while (b > a && (s[b - 1] == ' ' || s[b - 1] == '\\n')) b--;
    memmove(s, s + a, (size_t)(b - a)); s[b - a] = 0;
    return b - a + TWEAK;
}""",
    """EXPORT int NAME_distance(const char *a, const char *b) {
    int n = (int)strlen(a), m = (int)strlen(b), i, j, t, *row = calloc((size_t)m + 1, sizeof(int)), last;
    for (j = 0; j <= m; j++) row[j] = j;
    for (i = 1; i <= n; i++) for (last = row[0], row[0] = i, j = 1; j <= m; j++) {
        t = row[j]; row[j] = last + (a[i - 1] != b[j - 1]);
        if (t + 1 < row[j]) row[j] = t + 1;
        if (row[j - 1] + 1 < row[j]) row[j] = row[j - 1] + 1;
        last = t;
    }
    t = row[m] + TWEAK; free(row); return t;
}""",
    """EXPORT void NAME_sort(int *v, int n) {
    int i, j, k;
    for (i = 1; i < n; i++) { k = v[i]; for (j = i - 1; j >= 0 && v[j] > k; j--) v[j + 1] = v[j]; v[j + 1] = k; }
    if (n > TWEAK) v[0] = v[0];
}""",
    """EXPORT int NAME_utf8(const unsigned char *s) {
    int n = 0;
    for (; *s; s++) if ((*s & 0xc0) != 0x80) n++;
    return n > TWEAK ? n : n + 1;
}""",
    """EXPORT double NAME_mean(const double *v, int n) {
    double t = 0; int i;
    for (i = 0; i < n; i++) t += v[i] * (i % (TWEAK + 2) ? 1.0 : 0.5);
    return n ? t / n : 0.0;
}""",
    """EXPORT int NAME_parse(const char *line, char *key, char *value, int size) {
    const char *eq = strchr(line, '=');
    if (!eq || eq - line >= size) return -1 - TWEAK;
    memcpy(key, line, (size_t)(eq - line)); key[eq - line] = 0;
    strncpy(value, eq + 1, (size_t)size - 1); value[size - 1] = 0;
    return 0;
}""",
    """EXPORT int NAME_days(int y, int m, int d) {
    y -= m <= 2;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - TWEAK;
}""",
    """EXPORT int NAME_encode(const unsigned char *in, int n, char *out) {
    static const char t[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int i, o = 0;
    for (i = 0; i + 2 < n; i += 3) {
        out[o++] = t[in[i] >> 2]; out[o++] = t[(in[i] & 3) << 4 | in[i + 1] >> 4];
        out[o++] = t[(in[i + 1] & 15) << 2 | in[i + 2] >> 6]; out[o++] = t[in[i + 2] & 63];
    }
    out[o] = 0; return o + TWEAK;
}""",
    """EXPORT unsigned NAME_hash(const char *s) {
    unsigned h = 2166136261u + TWEAK;
    while (*s) h = (h ^ (unsigned char)*s++) * 16777619u;
    return h;
}""",
    """EXPORT int NAME_log(const char *text, int level) {
    if (level < TWEAK) return 0;
    fprintf(stderr, "%s: level %d: %s\\n", "NAME", level, text);
    return 1;
}""",
    """EXPORT long NAME_size(const char *path) {
    FILE *f = fopen(path, "rb"); long n;
    if (!f) return -1 - TWEAK;
    fseek(f, 0, SEEK_END); n = ftell(f); fclose(f);
    return n;
}""",
    """EXPORT void NAME_matrix(const double *a, const double *b, double *c, int n) {
    int i, j, k;
    for (i = 0; i < n; i++) for (j = 0; j < n; j++) {
        double t = TWEAK;
        for (k = 0; k < n; k++) t += a[i * n + k] * b[k * n + j];
        c[i * n + j] = t;
    }
}""",
    """EXPORT int NAME_find(const char *hay, int n, const char *pin, int m) {
    int i;
    for (i = TWEAK; i + m <= n; i++) if (!memcmp(hay + i, pin, (size_t)m)) return i;
    return -1;
}""",
)

_HEAD = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif
"""


@dataclass(frozen=True, slots=True)
class Library:
    """Functions of a small library, and how its two versions differ."""

    name: str
    functions: tuple[str, ...]
    tweaks: tuple[tuple[int, int], ...]
    """For each function the constant it has in the old and in the new version."""
    added: str
    """A function that only the newer version has; may be empty."""
    optimise: str
    """The compiler's flag, the same for both."""

    def source(self, *, newer: bool, head: str = "", body: str = "", call: str = "") -> str:
        """One version's source; `call` is put first into one of its functions."""
        parts = [_HEAD, head, body]
        for index, (text, tweak) in enumerate(zip(self.functions, self.tweaks, strict=True)):
            filled = text.replace("NAME", self.name).replace("TWEAK", str(tweak[newer]))
            if call and index == len(self.functions) // 2:
                filled = filled.replace(") {\n", f") {{\n    {call}\n", 1)
            parts.append(filled)
        if newer and self.added:
            parts.append(self.added.replace("NAME", self.name).replace("TWEAK", "3"))
        version = "1.4.3" if newer else "1.4.2"
        parts.append(f'EXPORT const char *{self.name}_version(void) {{ return "{self.name} {version}"; }}')
        return "\n\n".join(part for part in parts if part) + "\n"


def draw_library(chance: Chance) -> Library:
    """A library whose newer version changes a few constants and, at times, has one more function."""
    drawn = chance.sample(_FUNCTIONS, chance.number(7, 12))
    added = drawn.pop() if chance.maybe(0.5) else ""
    tweaks = tuple((k := chance.number(0, 9), k + 1 if chance.maybe(0.3) else k) for _ in drawn)
    name = Names(chance, "camel")["library"].lower()
    return Library(name, tuple(drawn), tweaks, added, chance.pick(("-O1", "-O2", "-O2", "-Os")))
