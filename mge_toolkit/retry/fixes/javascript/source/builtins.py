"""What a JavaScript runtime has: global names, the methods of its values, the modules it comes with."""

from __future__ import annotations

from typing import Final

from mge_toolkit.retry.fixes.javascript.source.words import words

OBJECTS: Final = words(
    "Array ArrayBuffer BigInt Boolean DataView Date Error EvalError Float32Array Float64Array",
    "Function Infinity Int16Array Int32Array Int8Array Intl JSON Map Math NaN Number Object",
    "Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError",
    "TypeError URIError URL URLSearchParams Uint16Array Uint32Array Uint8Array WeakMap WeakRef",
    "WeakSet AggregateError AbortController TextDecoder TextEncoder Event EventTarget",
    "Uint8ClampedArray Blob File FormData Headers Request Response",
)
FUNCTIONS: Final = words(
    "clearInterval clearTimeout decodeURI decodeURIComponent encodeURI encodeURIComponent",
    "isFinite isNaN parseFloat parseInt queueMicrotask setInterval setTimeout structuredClone",
    "fetch atob btoa setImmediate",
)
GLOBALS: Final = (
    OBJECTS
    | FUNCTIONS
    | words(
        "console globalThis undefined arguments module exports require process Buffer performance",
        "crypto result __dirname __filename global self window eval Deno",
    )
)
"""Names that mean something without a declaration."""

_ARRAY: Final = (
    "at concat copyWithin entries every fill filter find findIndex findLast findLastIndex flat "
    "flatMap forEach includes indexOf join keys lastIndexOf map pop push reduce reduceRight reverse "
    "shift slice some sort splice toReversed toSorted toSpliced unshift values with length "
)
_STRING: Final = (
    "at charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf localeCompare "
    "match matchAll normalize padEnd padStart repeat replace replaceAll search slice split "
    "startsWith substring substr toLowerCase toUpperCase trim trimEnd trimStart toString valueOf "
    "length "
)
_COLLECTION: Final = "add clear delete entries forEach get has keys set size values"
_OTHER: Final = (
    "toFixed toPrecision toExponential test exec source flags call apply bind then catch finally "
    "getTime getDate getDay getFullYear getMonth getHours getMinutes getSeconds toISOString "
    "hasOwnProperty name message stack next toLocaleString "
)

METHODS: Final = words(_ARRAY, _STRING, _COLLECTION, _OTHER)
"""Names of members that values have by themselves."""

PROPERTIES: Final = frozenset({"length", "size", "name", "message", "source", "flags", "stack"})
"""Those of them that are no methods."""

STATIC: Final[dict[str, frozenset[str]]] = {
    "Math": words(
        "abs acos asin atan atan2 cbrt ceil cos E exp floor hypot log log10 log2 max min PI pow",
        "random round sign sin sqrt SQRT2 tan trunc",
    ),
    "JSON": frozenset({"parse", "stringify"}),
    "Object": words(
        "assign create defineProperty entries freeze fromEntries getOwnPropertyNames getPrototypeOf",
        "is keys values groupBy hasOwn",
    ),
    "Array": frozenset({"from", "isArray", "of"}),
    "Number": words(
        "isFinite isInteger isNaN isSafeInteger parseFloat parseInt EPSILON MAX_SAFE_INTEGER",
        "MAX_VALUE MIN_SAFE_INTEGER MIN_VALUE",
    ),
    "String": frozenset({"fromCharCode", "fromCodePoint", "raw"}),
    "Promise": frozenset({"all", "allSettled", "any", "race", "reject", "resolve"}),
    "Date": frozenset({"now", "parse", "UTC"}),
    "console": frozenset(
        {"assert", "debug", "dir", "error", "info", "log", "table", "time", "timeEnd", "warn"}
    ),
}

MODULES: Final = words(
    "assert assert/strict async_hooks buffer child_process cluster console constants crypto dgram",
    "dns domain events fs fs/promises http http2 https inspector module net os path path/posix",
    "path/win32 perf_hooks process punycode querystring readline repl stream stream/promises",
    "string_decoder sys timers timers/promises tls tty url util util/types v8 vm worker_threads",
    "zlib test",
)
"""Modules that come with the runtime, bare or behind 'node:'."""

EXPORTS: Final[dict[str, frozenset[str]]] = {
    "fs": words(
        "existsSync readFileSync writeFileSync appendFileSync mkdirSync readdirSync statSync",
        "unlinkSync rmSync renameSync copyFileSync readFile writeFile createReadStream",
        "createWriteStream promises constants mkdtempSync accessSync lstatSync",
    ),
    "fs/promises": words(
        "readFile writeFile appendFile mkdir readdir stat unlink rm rename access",
    ),
    "path": words(
        "join resolve basename dirname extname relative normalize isAbsolute parse format sep",
        "delimiter posix win32",
    ),
    "util": words(
        "inspect promisify format isDeepStrictEqual inherits types deprecate callbackify TextEncoder",
        "TextDecoder debuglog parseArgs",
    ),
    "assert": words(
        "ok equal notEqual deepEqual notDeepEqual strictEqual notStrictEqual deepStrictEqual",
        "notDeepStrictEqual throws doesNotThrow rejects doesNotReject match doesNotMatch fail",
        "AssertionError strict ifError",
    ),
    "crypto": words(
        "createHash createHmac randomBytes randomUUID randomInt pbkdf2Sync scryptSync timingSafeEqual",
        "createCipheriv createDecipheriv getHashes webcrypto generateKeyPairSync",
    ),
    "events": frozenset({"EventEmitter", "once", "on"}),
    "os": words(
        "EOL platform cpus totalmem freemem hostname tmpdir homedir arch type release uptime userInfo",
    ),
    "url": frozenset(
        {"URL", "URLSearchParams", "fileURLToPath", "pathToFileURL", "parse", "format", "resolve"}
    ),
    "buffer": frozenset({"Buffer", "Blob", "constants"}),
    "stream": frozenset(
        {"Readable", "Writable", "Duplex", "Transform", "PassThrough", "pipeline", "finished"}
    ),
    "perf_hooks": frozenset({"performance", "PerformanceObserver"}),
    "timers/promises": frozenset({"setTimeout", "setInterval", "setImmediate"}),
    "child_process": frozenset(
        {"spawn", "exec", "execSync", "spawnSync", "fork", "execFile", "execFileSync"}
    ),
    "querystring": frozenset({"parse", "stringify", "escape", "unescape"}),
    "readline": frozenset({"createInterface", "clearLine", "cursorTo"}),
    "zlib": frozenset({"gzipSync", "gunzipSync", "deflateSync", "inflateSync", "createGzip", "createGunzip"}),
    "string_decoder": frozenset({"StringDecoder"}),
    "worker_threads": frozenset({"Worker", "isMainThread", "parentPort", "workerData"}),
    "vm": frozenset({"runInNewContext", "Script", "createContext"}),
    "module": frozenset({"createRequire", "builtinModules"}),
    "process": frozenset(
        {"env", "argv", "cwd", "exit", "hrtime", "nextTick", "platform", "stdout", "stderr", "stdin"}
    ),
    "async_hooks": frozenset({"AsyncLocalStorage", "AsyncResource"}),
}
"""What the modules export, as far as programs use it."""
