// SPDX-License-Identifier: Apache-2.0
// Frames by the zstd tool (version 1.5.4), and what they hold, by formula.

/** Bytes that repeat in part, skewed so that literals are worth a Huffman table. */
export function content(length, period) {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const random = state >>> 24;
    bytes[i] = i >= period && random > 1 ? bytes[i - period] : Math.floor((random * random) / 2048);
  }
  return bytes;
}

/** what, length, period, the frame in base64 */
export const frames = [
  ["one block, Huffman literals and sequences", 900, 300, [
    "KLUv/WCEAm0GANYSMAsQmLwYAEa8fVDKFCsALgAsAK9PG9WNV9hA2RDbQc6WmlCuXwoB9xSRqWmeuXCDT42ZMpHHeusbTmnQcdtLoWY7CocB1dQV17AKszgm0XoBIwdQ",
    "euQW5Em8bH4mFXMxQ0vShDkE8RsUPB0BjqM2DRF4iNp930ONNjTmqQOEIaU3OgATjBxX5D3RF3u4ugWhCJGIn2klsg67/wSl5dwY4RTaF90wTqYWBLeqZCqYTtgFl/ck",
    "R2Uz7dj0ni3ztySYBwIA06AKLP4lXVM=",
  ].join("")],
  ["a checksum, four streams", 2000, 2000, [
    "KLUv/WTQBq0lAAp6MBIMEBBMe57WXefDkZ0CHgEgARoBUhcAMTwAB0ynpaQ2FjBhFDGBsfzT0YDfgNkyk5DKjcJA/ezP6vGfSMBYvwV/btg/iAoYiD5qdur17E80/gjp",
    "Gc1wI5IDcP5PsIjY1SiW4iF7QdPulXSkIAMcj/xb0XOsbSU9OB91Umr9INSfLAvgiv0/AxgpX8kxBeyT7FAiqa8Uu+qR+iBMLYLGW4hLTZ8rLr8/7fy/iINcUXq5SfOG",
    "3v1+owqrrfmUGdWYv1Ix83y4vA7fE3qUfri6gdPBsfsR3mNAN4JG1qWKAmxEkUTtqpDgkghcH8CAYlofYMZwxP1H8n9ygKB5gMFKJMW5v9bwHH99mqhe+Ko9mg5I244n",
    "1Ag80I8UGvZ0ODhJFmThnp/XRA7iiOhdf4EVCxC/NpEJxUm9AnemiyjvEVIHCIH/tZyWi3SNn4XizW5XjvXXIVAg5kUNHVIfqfGd/hRk8wMmowX+M+sNOu9cqsUXNvzK",
    "dUFiNIoGZB7gZOnAj/7Yw1swIFclqvEDUezed5Pa5zyP+C95WdtcU1yHSDpC7SBjfjnSY5yACDrpEqMMxKXGxBeABhSB/JAHO3roXTboWMATHHCUilTqC8Jp7SdUYbMp",
    "UYhhvsXSTrKTJ15G88RU201UlOkDgce8Otx/jefpc9EPPnv4q0txoYRGCl9l/0hrWXPDErOq9vCrZ0zS6DAKGhLct0r4RgSGH/oxM+n1w/YcGGiajWhEB+2li+VRKqjk",
    "j+PEPwIQYRIVFWBWPFTrzUP7HxpFoBELiwm6CptrEgI8sfvDG0f+fmbu9sGg5FNVml/uHjdFvLjPJt8cBgSb89lpik3UInEpRQyf55vdVxzuHtPaIkvmT3mJ9WZH3nvA",
    "k0EGgBKCunvD1Qr/fXcFCvkXpPZbyAl98sMP0Fx3HFpmUvDn8ZVecTAc6cssXi38ruf8X1T1C26eo0pevwvN3iXs5Nf8rJZJWSNj+0EWn7oIkqFI9wc8OpGES6iMnoWT",
    "fWY2VId8IPVaHz5GAP4GFC2elRCRaGyJo4EOjiS3EqfdGW1tGM1OiALtWAs54HqUen5zSVRkW74r6RE7K9cLxENRjHUHA8VOiPXaVd33qTCSdVYx/hTf+r+wVroQ39r6",
    "Ta8cnKWFoU6MRVCibhv7s9QeL9zRlQ1xeNfg8Myj3Z7nk6FTeA9BloRSW6up2+HkINpjA9WLvj8aBIwoVYsyzrk/vHhTp25k3Gsxz5h6XLZEXaQP5nrjQJEIlcwJQUl4",
    "+LAzFEEGYAZ5agzgjAdgANCccJWYUuOQhTkRFeTzsO3zqftmSZOLxPHcnt0qw0D0TUGMVAS9mIXuDimewxlNbhgBHkJMW5jbM5ceHIWn/AbzT0BuxfKrttKTEZT7PHCD",
    "dn2Dwy5vtHo69p2ZLz2PSZH7OXR3cB4cLwTNh2JPMhxOengu0GU5eJvD5PVqFQuUtXSlq6MfGmPMTYcfD0g8L0j6hUvKWm4eqE+/6sGF858UeHC9FWiG+NdeFvIpIDr/",
    "AXHySRjTEzeLKjzCi2P5qH6dWx8VkLMdxGsMBAG9bzms/OIo6ESEc8vbYi4zeqZ4UrjoXrsQXkPiqHgu3WYKocqymA==",
  ].join("")],
  ["several blocks", 280000, 40, [
    "KLUv/aDARQQAdAQA9AMCCgASHgoWCxEAAAEADgcSGBUYGRoKAwAABgIPAhkdGxsDGBMBDgsFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAApoKH1/b8D4DcDv525Mu0vye2T",
    "kKSnaeAnuFksyqqiFe4IeG+ZqlNtShlkqOlqC7XSX9DMECVMWVItoRR8Z0ljWCjB2UeF46sPwaUmNQIAEAADLgIA",
  ].join("")],
  ["several blocks, treeless", 140000, 700, [
    "KLUv/aDgIgIA/C8AykkoCA0QEEjXGv0VffXeRmQKtgC4AF8A7MCManIElDssBlI20HS0CKK8k45WTAqyjIbAGKLQHankWYz5WNSTqJhWVVtsgQhm0Na6rucEyZJQzCkE",
    "sjB2QRVBFQehN7hG1zhu1i0ncIMACzyxJQ2MBKdNSQh5BE2bzoCM5SGTE4oCXqcJqIh2AxTC4BRYKpxizmRQDwR20VEFApmlNdnzMVe4K7iQVdzxcKxFehhtaiRj4xpC",
    "YW4gsULBMK1mFbOEmqRIegzmLVAAksMzWQGMsSCoQksWyiqK5hY4d1BL1KYbXDM0AMMHQhoEKknF83MwIqKAPHcgkkdC2iUYY70hAAQ0gwkSRXCrYsQrQGc4RAPmwAKI",
    "diQIdIvisIi4iXAIiy3aQ2guhykJQUXQkVIlrnGQxZohn6nJUZR2cTKBwdoxjp87DKJWHLGoe5UL9ywEB0NYCLZEBemQPVIeQ3kEAAMAM62CO9ZaHQUkgALYU0C36gop",
    "Wa06OlmjHQiSlCLkgsFwiCgf////////f3OJnP///////////////+n///8XT+ghHsrdkngqhGjS1EhURAr8nuKRWkaJFatg1yUIA0AEzajYg1rpSAyLSCgHY3fXBiMM",
    "QRSaIRGVMTiatR3UXCKHYAH/////////////////H3i6/v///////////0/9//////T/////////AYHRqDHkUsmw/x0Bhi+bBxJIIBAIBIIQJAiCMAQJAUKAIAhCgCAE",
    "CIIgCMIwFMRhLNylPTT82s3m5SyQ0uGXA+Zk8pji11X6y5b4V3SJX1jGd9m/zI1fff9KSBjuK+Y1LqL7i5P71Qx/TSLILhX2uqpfQCGS11+/yHkxJFz4i1T9OpfdwIPc",
    "jl/o+FdgttdS/cW2jHpezB36C5v/CiD5FVH5Rad+BdZfsiPmXj6ufpnpLx/wMPqgK34DSlGaX6Dy68/0b7hfItdeNvWWpbNfxsj/l0DgtCy2cr9yv3lRtBtsf7/YQvT9",
    "Ku5fUP8LiY384l6wVxadXwPPF4d05ARWY4pfNcavVhOuUH9pLr8W4w3cSJG/fkkS029Bx6/w6JToq/26nZm1f3X1r4tfbXvl6JdO8gsaflVAe5Ut+pX5fxH8QO119v7C",
    "2+78Gj2//o3GXwyfXzL5ZcvtlQHvxcWjX026l1j1Swmh+Ssk/eIq/F/LZSmee9WTeb+CgfpF11v49bj8mtJfqfTLW79c0S/hxkeif7FyodZ/mWjWc/orzQ0wZBivo8Xi",
    "F+UP/mstSf7iSnvBXIDQ3V+x2wGAfxX4a/qd9H6FQYhM3eAKOkfx3BeNPfyLeD2ZpOz3F/yZSOOa10w82C/A92u99jJ4fwHtFxNz0NZeqSLzIo+P9b9wuvj1wU5hv8Tq",
    "XqyOmYhsnnuhhV9lxu5XsOMCvPr+6gV+RTbdYHnW/Qtr/rVRfsX0L7LBXmbiLzf4UovgKaz8dbGrlYx7veKX5PAL6mQNyvgNFsir/KKQfsXzV9HgDXD56xq4VzJwA2uK",
    "X/PoF2R0gzUUdvCXGKP/2sXmpci/Ygk/e+21PfZCon/te/bFL6Ke2SyoX/OesV8b8mu5ylX8S6aBjfLXAvy6HveC6jcb/cAv9PHriEj94qkfrzq7VxW/BFa/wBjDX0Sz",
    "G2Bl6F8E9kpfq+zllov/IsSvcA31ayzbS/lL+lVV/JLuL7xlEdwhE8y9EkEt/vITV9mrLRHza2FKgfbLGYn8Mnn6/0UDvxT9JZZfwvjlKdW1eIO/MJmN/QwOUNgvDuTX",
    "N2jya3e/pmPDg79ExRvIUuLXwfhls1/rqtGvqaSz7Zdaddr9MjwwR19uoILQ7+I9or+o4tdlH9YnVz+VAaGEREQrK23v15ZMUQn8IgSJfhF/OYi/zIlfU7uXaPxC+19c",
    "wQf1nl9Q/Wq2/F+kUcheVdgUtD+2N+0vJPpVKH5tADv/Ub9S6Vcq+VUMv/h9d6X1F6aSSzQl7NWQ6r9a90ss/OLyiex1koVfbzAgAX8Jgc/Qr+ZiXWW/BOpXo4u27fQB",
    "kl9BQecl9ou9VwHNAgCAAAAAAAAAAAAAAAAAAAAAABQAyn6JSt7+EtWN+CUqVv2XqCQFqNOfF1SZQ34JX7R+CfXy9soqs/klVKn8JdQbABqAAAKgLvAIOcxXAfOTOdQV",
    "SPxrrypbAQ==",
  ].join("")],
  ["one byte again and again", 5000, 1, "KLUv/WSIEm0AABgCAgACAGMCesGhAixYjOZ0"],
  ["nothing", 0, 1, "KLUv/SAAAQAA"],
];

/** Copies that name recent distances in every way, and the first 8 bytes of the content's SHA-256: what, length, digest, frame. */
export const recentDistances = [
  ["the third of them", 308, "c750b82ad6f92dc0",
    "KLUv/WA0AOUDADQF6mlq1x+V/cW2SZFdZWLnXdE1iwPuwPrfMrb53BjUOuxy+dxWRStvd4zSajgJkRTAvJByLaKfu2Dj7sjsSh1aNOlj4+lk8Ljvt+BKj9XuOEGud18XoLBW9/8O4F7obGUbq7hXhEY82e+dIAOIjAoKAsiI4NQKwcMftgw="],
  ["one less than the first", 302, "7b2f820ad0969ee7",
    "KLUv/WAuAPUDANQEp+q4nOUG0T1dmtCR+ka6hXsJkfRsEpU02+ry0OK1YI5DIFNC4+JMGOPgt26Z6Z2t48m6qI27+ybNK18d76AKzKW2u6R3UXdo87VJcggaoFDP/b8DkFqQPdw4JRDhgHRgEX/mZ+mmNKnoZogEBtsAA9ADIVV8VyYqi2+LKQ=="],
];
