import { describe, expect, it } from "vitest";
import { caretAfter, countDigits, group, groups, spelled } from "./digits";

describe("digits", () => {
  it("groups while typing, whatever stands between", () => {
    expect(group("")).toBe("");
    expect(group("47")).toBe("47");
    expect(group("4729")).toBe("472 9");
    expect(group("472-915.384")).toBe("472 915 384");
    expect(group("472 915 3841")).toBe("472 915 384 1");
    expect(group("472 915 ")).toBe("472 915");
  });

  it("leaves a link and letters alone, so that the check can name the mistake", () => {
    expect(group("https://help.musterfirma.example/#472915384")).toBe("https://help.musterfirma.example/#472915384");
    expect(group("472 9l5")).toBe("472 9l5");
  });

  it("keeps the caret after the digit that was typed", () => {
    expect(caretAfter("472 9", 4)).toBe(5);
    expect(caretAfter("472 915", 3)).toBe(3);
    expect(caretAfter("472 915", 2)).toBe(2);
    expect(caretAfter("472", 0)).toBe(0);
  });

  it("is spoken digit by digit and never in pairs", () => {
    expect(groups("472915384")).toEqual(["472", "915", "384"]);
    expect(spelled("472 915 384")).toBe("4 7 2, 9 1 5, 3 8 4");
    expect(countDigits("472 915")).toBe(6);
  });
});
