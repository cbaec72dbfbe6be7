import assert from "node:assert/strict";
import { findDotenvStrings } from "./dotenv_strings.ts";
import { FormatError } from "./format.ts";
import { putStrings } from "./string_place.ts";

const found = (text: string) =>
  findDotenvStrings(text).map(({ path, value }) => `${path.join()}=${value}`);
const put = (text: string, value: string) =>
  putStrings(text, findDotenvStrings(text).map((place) => ({ place, value })));

Deno.test("findDotenvStrings() finds the value of a line when it is written in any way", () => {
  const rows: readonly (readonly [line: string, value: string])[] = [
    ["K=v", "v"],
    ["  export\tK = v  ", "v"],
    ["K='v' # c", "v"],
    ['K="v"# c', "v"],
    ["K=`v`", "v"],
    ["K: v", "v"],
    ["K=v # c = d", "v"],
    ["K=v#c", "v"],
    ["K=", ""],
    ["K=''", ""],
    ["K= # c", ""],
    ["K=a b=c", "a b=c"],
    ["K=it's", "it's"],
    ['K="a\\"b"', 'a\\"b'],
    ['K="a" b', '"a" b'],
    ["K='a\nL=b'", "a\nL=b"],
    ["\ufeffK=v", "v"],
  ];
  for (const [line, value] of rows) {
    for (const end of ["", "\n", "\r\n", "\nX=x", "\r\n\r\n# K=no\r\nX=x\r\n"]) {
      const others = end.includes("X") ? ["X=x"] : [];
      assert.deepEqual(found(line + end), [`K=${value}`, ...others], line + end);
    }
  }
});

Deno.test("findDotenvStrings() leaves out lines when they assign nothing", () => {
  for (const text of ["", "# K=v\n", "K\n", "export K\n", "=v\n", "K:v\n", "a b=c\n", "\n \r\n"]) {
    assert.deepEqual(found(text), [], text);
  }
});

Deno.test("findDotenvStrings() reports every place when a name stands more than once", () => {
  assert.deepEqual(found("K=a\nX=x\nexport K='b'\n"), ["K=a", "X=x", "K=b"]);
});

Deno.test("findDotenvStrings() keeps quotes and all other bytes when another string is put", () => {
  const text =
    "\ufeff# c\r\nexport  A = old  # c\r\n\tB='old'\r\nC=\"old\"\r\n\r\nD=`old` # d\r\nE=";
  assert.equal(
    put(text, "dapi-1.~+/=x"),
    "\ufeff# c\r\nexport  A = dapi-1.~+/=x  # c\r\n\tB='dapi-1.~+/=x'\r\nC=\"dapi-1.~+/=x\"\r\n" +
      "\r\nD=`dapi-1.~+/=x` # d\r\nE=dapi-1.~+/=x",
  );
});

Deno.test("findDotenvStrings() takes other quotes when its own cannot hold the string", () => {
  const rows: readonly (readonly [value: string, written: string])[] = [
    ["a b", `A='a b'\nB='a b'\nC="a b"\n`],
    ["a\\1", `A='a\\1'\nB='a\\1'\nC='a\\1'\n`],
    ["a$b", `A='a$b'\nB='a$b'\nC='a$b'\n`],
    ["it's", `A="it's"\nB="it's"\nC="it's"\n`],
    ["~a", `A='~a'\nB='~a'\nC="~a"\n`],
  ];
  for (const [value, written] of rows) {
    assert.equal(put("A=old\nB='old'\nC=\"old\"\n", value), written);
    assert.deepEqual(found(written), ["A", "B", "C"].map((name) => `${name}=${value}`));
  }
  for (const value of ["a\nb", "a\\", "'\\"]) {
    assert.throws(() => put("A=old\n", value), /every reader takes it alike/);
  }
});

Deno.test("findDotenvStrings() throws without a part of the text when a quote is not closed", () => {
  const rows: readonly (readonly [text: string, line: number])[] = [
    ["K='s3cret", 1],
    ['X=1\r\nK="s3cret\r\nL=x\r\n', 2],
    ["K='s3cret\nL='x'\n", 1],
    ["K='s3cret\\'\n", 1],
  ];
  for (const [text, line] of rows) {
    assert.throws(() => findDotenvStrings(text), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, new RegExp(`^line ${line}: a quote is not closed`));
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    }, text);
  }
});
