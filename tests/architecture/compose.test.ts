import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { createProgram } from '../../cli/program';
import { root } from './support/source-files';

/** The parts of the compose specification that our file uses; a key that is not here is misspelt or needs a look. */
interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: { readonly [name: string]: string };
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly ports?: readonly string[];
  readonly depends_on?: { readonly [service: string]: { readonly condition: string } };
  readonly healthcheck?: { readonly test: readonly string[]; readonly [setting: string]: unknown };
  readonly restart?: string;
}

interface Compose {
  readonly name: string;
  readonly services: { readonly [name: string]: Service };
  readonly volumes: { readonly [name: string]: null };
  readonly configs: { readonly [name: string]: { readonly content: string } };
}

const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const compose = parse(text) as Compose;
const services = Object.entries(compose.services);

const serviceKeys = [
  ...['image', 'command', 'environment', 'volumes', 'configs', 'ports', 'depends_on', 'healthcheck', 'restart'],
  ...['working_dir', 'init', 'stop_grace_period'],
];
const duration = /^(\d+h)?(\d+m)?(\d+s)?$/;

describe('docker-compose.yml', () => {
  test('has the sections and keys that the compose specification knows', () => {
    expect(Object.keys(compose).filter((key) => !['name', 'services', 'volumes', 'configs'].includes(key))).toEqual([]);
    for (const [name, service] of services) {
      const unknown = Object.keys(service).filter((key) => !serviceKeys.includes(key));
      expect({ name, unknown }).toEqual({ name, unknown: [] });
    }
  });

  test.each(services)('pins the image of %s to a version', (_name, { image }) => {
    expect(image).toMatch(/^[a-z0-9./-]+:v?\d+(\.\d+)*(-[a-z0-9-]+)?$/);
  });

  test.each(services.filter(([, service]) => service.depends_on !== undefined))(
    'starts %s when what it depends on can serve it',
    (_name, { depends_on: others = {} }) => {
      for (const [other, { condition }] of Object.entries(others)) {
        const service = compose.services[other];
        if (condition === 'service_healthy') expect(service?.healthcheck).toBeDefined();
        // One that ends by itself must not be started again and again.
        else expect({ condition, restart: service?.restart }).toEqual({ condition: 'service_completed_successfully' });
      }
    },
  );

  test.each(services.flatMap(([name, { healthcheck }]) => (healthcheck === undefined ? [] : [[name, healthcheck]])))(
    'checks the health of %s in a form that compose reads',
    (_name, check) => {
      const { test: command, retries, ...times } = check as NonNullable<Service['healthcheck']>;
      expect(command).toHaveLength(command[0] === 'CMD-SHELL' ? 2 : Number.NaN);
      expect(retries).toBeGreaterThan(1);
      for (const [setting, value] of Object.entries(times)) {
        expect(['interval', 'timeout', 'start_period']).toContain(setting);
        expect(value).toMatch(duration);
      }
    },
  );

  test('declares each named volume and config that it uses, and uses each that it declares', () => {
    const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    const named = mounted.filter((source) => /^[a-z]/.test(source));
    const configs = services.flatMap(([, service]) => (service.configs ?? []).map(({ source }) => source));

    expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort());
    expect([...new Set(configs)].sort()).toEqual(Object.keys(compose.configs).sort());
  });

  test('opens ports to this machine alone', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
  });

  test('calls the command as it is, with variables that it reads', () => {
    const [node, launcher, name = ''] = compose.services.worker?.command ?? [];
    const worker = commandNamed(name);
    const variables = Object.keys(compose.services.worker?.environment ?? {});
    const known = [...(worker?.options ?? []).map((option) => option.envVar), 'TIDEMILL_HOME'];

    expect([node, launcher]).toEqual(['node', 'bin/tidemill.cjs']);
    expect(worker).toBeDefined();
    expect(variables.filter((variable) => !known.includes(variable))).toEqual([]);
    // The commands that its heading tells people to type.
    for (const [, typed = ''] of text.matchAll(/bin\/tidemill\.cjs ([a-z-]+)/g))
      expect(commandNamed(typed)).toBeDefined();
  });
});

function commandNamed(name: string): Command | undefined {
  return createProgram().commands.find((command) => command.name() === name);
}
