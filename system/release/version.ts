// Which build an instance runs, as its own metric says.

const TIMEOUT_MS = 1000;

/** The `version` of ams_build_info at `host:port`, undefined when it cannot be asked from here. */
export async function versionAt(address: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return /^ams_build_info\{[^}]*version="([^"]*)"/m.exec(await answer.text())?.[1];
  } catch {
    return undefined;
  }
}
