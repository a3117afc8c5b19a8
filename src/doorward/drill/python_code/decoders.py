"""Shapes of decoders: what stands between a literal and what is done with it.

Ciphertexts are random bytes, so whatever a decoder makes of them is random too.
"""

from __future__ import annotations

import re

from doorward.drill.python_code.draft import Draft
from doorward.drill.python_code.literals import text_expression

__all__ = ["DECODERS", "decoder"]

DECODERS: dict[str, str] = {
    "xor-loop": """
        def $decode($data, $key=KEY):
            $out = bytearray()
            for $i, $byte in enumerate($data):
                $out.append($byte ^ $key[$i % len($key)])
            return bytes($out)
    """,
    "xor-comprehension": """
        def $decode($data, $key=KEY):
            return bytes($a ^ $b for $a, $b in zip($data, $key * (len($data) // len($key) + 1)))
    """,
    "xor-cycle": """
        def $decode($data):
            return bytes($a ^ $b for $a, $b in zip($data, CYCLE(KEY)))
    """,
    "xor-integer": """
        def $decode($data):
            $width = len($data)
            $key = (KEY * ($width // len(KEY) + 1))[:$width]
            return (int.from_bytes($data, "big") ^ int.from_bytes($key, "big")).to_bytes($width, "big")
    """,
    "translate": """
        def $decode($data):
            $table = bytes(($i * ODD + BYTE) & 255 for $i in range(256))
            return bytes($data).translate($table)
    """,
    "rolling-add": """
        def $decode($data):
            $state, $out = BYTE, bytearray(len($data))
            for $i in range(len($data)):
                $out[$i] = ($data[$i] - $state) & 0xFF
                $state = ($state + $data[$i] + ODD) % 256
            return bytes($out)
    """,
    "lcg": """
        def $decode($data):
            $state, $out = SEED, []
            for $byte in $data:
                $state = ($state * MULTIPLIER + INCREMENT) & 0xFFFFFFFF
                $out.append($byte ^ ($state >> 24))
            return bytes($out)
    """,
    "rc4": """
        def $decode($data):
            $s, $j = list(range(256)), 0
            for $i in range(256):
                $j = ($j + $s[$i] + KEY[$i % len(KEY)]) % 256
                $s[$i], $s[$j] = $s[$j], $s[$i]
            $i, $j, $out = 0, 0, bytearray()
            for $byte in $data:
                $i = ($i + 1) % 256
                $j = ($j + $s[$i]) % 256
                $s[$i], $s[$j] = $s[$j], $s[$i]
                $out.append($byte ^ $s[($s[$i] + $s[$j]) % 256])
            return bytes($out)
    """,
    "arx": """
        def $decode($data):
            $mask, $out = 0xFFFFFFFF, b""
            for $n in range(0, len($data), 16):
                $a, $b, $c, $d = SEED, $n & $mask, INCREMENT, ODD
                for _ in range(10):
                    $a = ($a + $b) & $mask
                    $d = (($d ^ $a) << 16 | ($d ^ $a) >> 16) & $mask
                    $c = ($c + $d) & $mask
                    $b = (($b ^ $c) << 12 | ($b ^ $c) >> 20) & $mask
                $stream = b"".join($w.to_bytes(4, "little") for $w in ($a, $b, $c, $d))
                $out += bytes($x ^ $y for $x, $y in zip($data[$n : $n + 16], $stream))
            return $out
    """,
    "hash-stream": """
        def $decode($data):
            $out, $n = bytearray(), 0
            while len($out) < len($data):
                $out += HASH(KEY + $n.to_bytes(8, "little")).digest()
                $n += 1
            return bytes($a ^ $b for $a, $b in zip($data, $out))
    """,
    "tea": """
        def $decode($data):
            $words = [int.from_bytes($data[$i : $i + 4], "big") for $i in range(0, len($data) // 8 * 8, 4)]
            for $i in range(0, len($words) - 1, 2):
                $a, $b, $sum = $words[$i], $words[$i + 1], 0xC6EF3720
                for _ in range(32):
                    $b = ($b - ((($a << 4) + SEED) ^ ($a + $sum) ^ (($a >> 5) + INCREMENT))) & 0xFFFFFFFF
                    $a = ($a - ((($b << 4) + ODD) ^ ($b + $sum) ^ (($b >> 5) + SEED))) & 0xFFFFFFFF
                    $sum = ($sum - 0x9E3779B9) & 0xFFFFFFFF
                $words[$i], $words[$i + 1] = $a, $b
            return b"".join($w.to_bytes(4, "big") for $w in $words)
    """,
    "inflate-xor": """
        def $decode($data):
            $data = bytes($b ^ BYTE for $b in $data)
            return INFLATE($data, -15)
    """,
    "slices": """
        def $decode($data):
            $half = len($data) // 2
            $out = bytearray(len($data))
            $out[::2], $out[1::2] = $data[len($data) - len($out[::2]) :], $data[:$half]
            return bytes($out[::-1])
    """,
    "none": """
        def $decode($data):
            return bytes($data)
    """,
}


def _key(draft: Draft) -> str:
    chance = draft.chance
    shape = chance.number(0, 4)
    if shape == 0:
        return draft.const(repr(chance.blob(4, 32)))
    if shape == 1:
        return draft.const(f"bytes.fromhex({chance.blob(8, 32).hex()!r})")
    if shape == 2:
        seed = text_expression(draft, chance.prose(2))
        return draft.const(
            f"{draft.use('hashlib')}.{chance.pick(('sha256', 'md5', 'sha1'))}(({seed}).encode()).digest()"
        )
    if shape == 3:
        return draft.const(f"b{chance.letters(6, 20)!r}")
    return draft.const(f"bytes({[chance.number(0, 255) for _ in range(chance.number(4, 16))]})")


def decoder(draft: Draft, shape: str = "") -> str:
    """Define a decoder and give its name."""
    chance = draft.chance
    text = DECODERS[shape or chance.pick(tuple(DECODERS))]
    swaps = {
        "BYTE": str(chance.number(1, 255)),
        "ODD": str(chance.number(0, 127) * 2 + 1),
        "SEED": hex(chance.number(1 << 16, (1 << 32) - 1)),
        "MULTIPLIER": str(chance.pick((1103515245, 1664525, 214013, 69069, 22695477))),
        "INCREMENT": str(chance.number(1000, 1 << 31)),
    }
    if "KEY" in text:
        swaps["KEY"] = _key(draft)
    if "CYCLE" in text:
        swaps["CYCLE"] = f"{draft.use('itertools')}.cycle"
    if "HASH" in text:
        swaps["HASH"] = f"{draft.use('hashlib')}.{chance.pick(('sha256', 'md5', 'blake2b', 'sha1'))}"
    if "INFLATE" in text:
        swaps["INFLATE"] = f"{draft.use('zlib')}.decompress"
    draft.define(re.sub(rf"\b({'|'.join(swaps)})\b", lambda match: swaps[match[1]], text))
    return draft.names["decode"]
