// The first step of every command, in plain JavaScript for the Node that the machine has (20.19 or newer): puts the
// packages of package-lock.json into the tool cache once per lock file, links node_modules to them, and hands over to
// cli.ts on the pinned runtime. `--install-only` stops before the last step.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const OLDEST = [20, 19];
const root = dirname(fileURLToPath(import.meta.url));
const modules = join(root, 'node_modules');

function fail(message, hint) {
  process.stderr.write(`${message}\nhint: ${hint}\n`);
  process.exit(2);
}

/** The same folder as system/local/config.ts, which cannot be imported before there is a runtime for it. */
function cacheDir() {
  const { AMS_PERF_CACHE, XDG_CACHE_HOME } = process.env;
  if (AMS_PERF_CACHE) return AMS_PERF_CACHE;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'ams-perf');
  return process.getuid?.() === 0 ? '/var/cache/ams-perf' : join(homedir(), '.cache', 'ams-perf');
}

function run(program, args, options) {
  return new Promise((resolve) => {
    const child = spawn(program, args, options);
    // Ctrl-C reaches the whole foreground group: the command ends its work, and we wait for it. A signal to us alone is passed on.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', (error) =>
      fail(`${program} could not be started: ${error.message}`, 'install Node with npm, 20.19 or newer'),
    );
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** A lock is a file with the number of the process that holds it; one whose process has ended is taken over. */
function takeLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    try {
      process.kill(Number(readFileSync(file, 'utf8')), 0);
    } catch (error) {
      if (error.code === 'ESRCH') rmSync(file, { force: true });
    }
    return false;
  }
}

/** A folder of packages for exactly this lock file, shared by every checkout that has the same. */
async function packages() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const manifest = readFileSync(join(root, 'package.json'));
  const key = createHash('sha256')
    .update(lock)
    .update(`${process.platform}-${process.arch}`)
    .digest('hex')
    .slice(0, 16);
  const dir = join(cacheDir(), 'node_modules', key);
  const mark = join(dir, '.whole');
  mkdirSync(dirname(dir), { recursive: true });
  while (!existsSync(mark)) {
    if (!takeLock(`${dir}.lock`)) {
      await sleep(500);
      continue;
    }
    process.stderr.write('installing the packages of package-lock.json once for this machine (about a minute)\n');
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir);
    writeFileSync(join(dir, 'package.json'), manifest);
    writeFileSync(join(dir, 'package-lock.json'), lock);
    const npm = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    const code = await run('npm', npm, { cwd: dir, stdio: ['ignore', 2, 2] });
    if (code === 0) writeFileSync(mark, '');
    rmSync(`${dir}.lock`, { force: true });
    if (code !== 0) fail(`"npm ci" ended with exit code ${code}`, 'its lines above say why; check registry and disk');
  }
  return join(dir, 'node_modules');
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  fail(`Node ${process.versions.node} is too old`, `install Node ${OLDEST.join('.')} or newer`);
}

// A real node_modules folder is somebody's own `npm ci` and is left alone.
const present = lstatSync(modules, { throwIfNoEntry: false });
if (!present?.isDirectory()) {
  const wanted = await packages();
  if (present) rmSync(modules);
  symlinkSync(wanted, modules);
}

const words = process.argv.slice(2);
if (words[0] !== '--install-only') {
  const node = join(modules, 'node', 'bin', 'node');
  const runtime = existsSync(node) ? node : join(modules, '.bin', 'node');
  const env = { ...process.env, PATH: `${join(modules, '.bin')}:${process.env.PATH}` };
  process.exitCode = await run(runtime, [join(root, 'cli.ts'), ...words], { stdio: 'inherit', env });
}
