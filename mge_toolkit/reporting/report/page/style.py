"""The page's style: light and dark, on screen and on paper."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Final

STYLE: Final = """\
:root{color-scheme:light dark;--ink:#1c2128;--soft:#59636e;--line:#d1d9e0;--paper:#fff;--raised:#f6f8fa;
--passed:#5aa9dc;--mended:#5030c0;--retried:#e0a100;--failed:#b8410a;--tried:#8c8489;--other:#9aa3ad;--good:#0a5c8f;--bad:#a33807;
--add:#dceefa;--del:#fbe6db;--link:#0a5c8f}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e4e8ec;--soft:#9ba5b0;--line:#3a424b;--paper:#0f1317;
--raised:#191f26;--passed:#2b74a6;--mended:#a060f0;--retried:#d9a300;--failed:#ff8a4c;--tried:#c8ccd0;--other:#5d6772;
--good:#6cbcf0;--bad:#ff9a63;--add:#10324a;--del:#47230f;--link:#6cbcf0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main,footer{max-width:1120px;margin:0 auto;padding:0 20px 40px}
a{color:var(--link)}
code,pre,.id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.92em}
h1{font-size:1.6rem;line-height:1.25;margin:28px 0 4px}
h2{font-size:1.12rem;margin:34px 0 10px;border-bottom:1px solid var(--line);padding-bottom:4px}
h2 small{font-weight:400;color:var(--soft);font-size:.85rem}
h3{font-size:.95rem;margin:14px 0 6px}
p{margin:6px 0}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin:14px 0 0;font-size:.9rem}
.run+.run{border-top:6px solid var(--line);margin-top:40px}
.soft{color:var(--soft)}
.good{color:var(--good)}
.bad{color:var(--bad)}
.remark{border-left:4px solid var(--retried);background:var(--raised);padding:6px 12px;margin:10px 0;
overflow-wrap:anywhere}
dl.figures{display:flex;flex-wrap:wrap;gap:8px;margin:16px 0 8px}
dl.figures div{flex:1 1 104px;max-width:220px;background:var(--raised);border:1px solid var(--line);
border-radius:6px;padding:8px 11px}
dl.figures dt{color:var(--soft);font-size:.8rem}
dl.figures dd{margin:0;font-size:1.3rem;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.3}
dl.figures dd small{display:block;font-size:.76rem;font-weight:400;color:var(--soft)}
.wide{overflow-x:auto}
table{border-collapse:collapse;min-width:min(100%,640px);font-size:.9rem}
caption{text-align:left;color:var(--soft);padding:0 0 4px;font-size:.85rem}
th,td{text-align:left;vertical-align:top;padding:4px 14px 4px 0;border-bottom:1px solid var(--line);
font-variant-numeric:tabular-nums}
thead th{color:var(--soft);font-weight:500;white-space:nowrap}
tbody th{font-weight:500;overflow-wrap:anywhere;min-width:7em}
.n{text-align:right;white-space:nowrap;padding-right:0;padding-left:14px}
.in{padding-left:18px}
details{border:1px solid var(--line);border-radius:6px;margin:6px 0;background:var(--paper)}
summary{cursor:pointer;padding:6px 12px;overflow-wrap:anywhere}
summary:hover{background:var(--raised)}
details>:not(summary){margin-left:12px;margin-right:12px}
details>:last-child:not(summary){margin-bottom:12px}
.tag{display:inline-block;min-width:4.9em;font-size:.82rem;font-weight:600;margin-right:8px}
pre{background:var(--raised);border:1px solid var(--line);border-radius:4px;padding:8px 10px;margin:6px 0;
overflow-x:auto;white-space:pre;font-size:.82rem;line-height:1.45}
pre span{display:block;min-height:1.45em}
pre .add{background:var(--add)}
pre .del,pre .here{background:var(--del)}
details.more{background:none;border-style:dashed}
ul.facts{margin:6px 0;padding-left:18px;color:var(--soft);font-size:.86rem;overflow-wrap:anywhere}
.attempt{border-top:1px solid var(--line);padding-top:2px;margin-top:12px}
.said{overflow-wrap:anywhere}
.lanes{display:grid;grid-template-columns:auto 1fr;gap:5px 12px;align-items:center;font-size:.85rem}
.lanes>span{white-space:nowrap}
.lanes svg{width:100%;display:block;background:var(--raised);border:1px solid var(--line);border-radius:3px}
.axis{display:flex;justify-content:space-between;color:var(--soft);font-variant-numeric:tabular-nums}
svg.share{width:110px;height:9px;vertical-align:middle;border-radius:2px}
svg.trend{display:block;border-bottom:1px solid var(--line)}
svg.key{width:12px;height:12px;vertical-align:-1px;margin-right:5px}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;color:var(--soft);font-size:.85rem;margin:8px 0}
.passed{fill:var(--passed)}
.mended{fill:var(--mended)}
.retried{fill:var(--retried)}
.failed{fill:var(--failed)}
.tried{fill:var(--tried)}
.other{fill:var(--other)}
:focus-visible{outline:2px solid var(--link);outline-offset:1px}
footer{color:var(--soft);font-size:.85rem}
@media print{:root{color-scheme:light}body{font-size:10pt}nav{display:none}pre{white-space:pre-wrap}
details::details-content{content-visibility:visible;block-size:auto}details.all{display:none}
details,tr,pre,.remark,.lanes>*{break-inside:avoid}h2,summary{break-after:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
"""

_HASH: Final = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
"""What the page lets itself do: show its own style, and nothing else."""
