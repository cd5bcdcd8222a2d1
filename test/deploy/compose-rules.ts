// What is wrong with a docker-compose.yml, as far as that can be told without Docker: the rules of the Compose Specification
// that such files break, and those of this project. Knows only the keys that the project uses: another one is a fault until
// it is added here. https://github.com/compose-spec/compose-spec/blob/main/spec.md

import { parse } from 'yaml';

type Value = Record<string, unknown>;

const topKeys = ['services', 'networks', 'volumes'];

/** https://github.com/compose-spec/compose-spec/blob/main/05-services.md#attributes */
const serviceKeys = [
  ...['build', 'cap_drop', 'command', 'depends_on', 'entrypoint', 'environment', 'healthcheck', 'image'],
  ...['networks', 'ports', 'profiles', 'read_only', 'restart', 'security_opt', 'stop_grace_period', 'tmpfs'],
  ...['user', 'volumes'],
];

const conditions = ['service_started', 'service_healthy', 'service_completed_successfully'];
const restarts = ['no', 'always', 'on-failure', 'unless-stopped'];

export function faultsOfCompose(text: string): string[] {
  const file: Value = parse(text, { merge: true });
  const services = Object.entries(tableOf(file.services));
  const context: Context = {
    services: tableOf(file.services),
    volumes: Object.keys(tableOf(file.volumes)),
    // There without being named. https://github.com/compose-spec/compose-spec/blob/main/06-networks.md#the-default-network
    networks: ['default', ...Object.keys(tableOf(file.networks))],
  };
  return [
    ...unknown('the file', file, topKeys),
    ...services.flatMap(([name, service]) => faultsOfService(name, tableOf(service), context)),
    ...context.volumes
      .filter((volume) => !services.some(([, service]) => mounts(tableOf(service)).includes(volume)))
      .map((volume) => `volumes.${volume}: nobody uses it`),
    ...placeholderFaults(text),
  ];
}

interface Context {
  readonly services: Value;
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
}

function faultsOfService(name: string, service: Value, context: Context): string[] {
  const faults = [
    ...unknown(name, service, serviceKeys),
    ...imageFaults(service),
    ...healthFaults(service),
    ...dependencyFaults(service, context.services),
    ...hardeningFaults(service),
    ...portFaults(service),
    ...namesOf(service.networks)
      .filter((network) => !context.networks.includes(network))
      .map((network) => `the network ${network} is not declared`),
    ...mounts(service)
      .filter((source) => !/^[./~$]/.test(source) && !context.volumes.includes(source))
      .map((source) => `the volume ${source} is not declared`),
    ...listOf(service.profiles)
      // https://github.com/compose-spec/compose-spec/blob/main/15-profiles.md
      .filter((profile) => !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(profile))
      .map((profile) => `${profile} is no name of a profile`),
  ];
  return faults.map((fault) => `${name}: ${fault}`);
}

function imageFaults({ image, build }: Value): string[] {
  if (image === undefined) return build === undefined ? ['neither image nor build'] : [];
  const [, tag] = /^[\w./-]+:([\w.-]+)$/.exec(String(image)) ?? [];
  return tag === undefined || tag === 'latest' ? [`the image ${image} is not pinned by a tag`] : [];
}

/** https://github.com/compose-spec/compose-spec/blob/main/05-services.md#healthcheck */
function healthFaults({ healthcheck }: Value): string[] {
  if (healthcheck === undefined) return [];
  const health = tableOf(healthcheck);
  const { test, retries, ...spans } = health;
  const isTest =
    typeof test === 'string' ||
    (Array.isArray(test) && test.length > 1 && ['CMD', 'CMD-SHELL'].includes(String(test[0])));
  return [
    ...unknown('healthcheck', health, ['test', 'interval', 'timeout', 'retries', 'start_period']),
    ...(isTest ? [] : ['healthcheck.test begins with neither CMD nor CMD-SHELL']),
    ...(retries === undefined || Number.isInteger(retries) ? [] : ['healthcheck.retries is no number']),
    ...Object.entries(spans)
      .filter(([, span]) => !isSpan(span))
      .map(([key]) => `healthcheck.${key} is no span of time`),
  ];
}

/** https://github.com/compose-spec/compose-spec/blob/main/05-services.md#depends_on */
function dependencyFaults({ depends_on, profiles }: Value, services: Value): string[] {
  return Object.entries(tableOf(depends_on)).flatMap(([name, how]) => {
    const other = services[name] === undefined ? undefined : tableOf(services[name]);
    if (!other) return [`it depends on ${name}, which is no service`];
    const { condition } = tableOf(how);
    return [
      ...(conditions.includes(String(condition)) ? [] : [`${condition} is no condition`]),
      ...(condition === 'service_healthy' && other.healthcheck === undefined
        ? [`it waits for the health of ${name}, which has no health check`]
        : []),
      ...(other.profiles !== undefined && profiles === undefined
        ? [`it depends on ${name}, which is in a profile`]
        : []),
    ];
  });
}

/** Ours: what holds for every container. */
function hardeningFaults(service: Value): string[] {
  const { restart, stop_grace_period: grace } = service;
  return [
    ...(service.read_only === true ? [] : ['its root can be written']),
    ...(listOf(service.cap_drop).includes('ALL') ? [] : ['it keeps capabilities']),
    ...(listOf(service.security_opt).includes('no-new-privileges:true')
      ? []
      : ['it may gain new privileges']),
    ...(restarts.includes(String(restart)) && restart !== 'no'
      ? []
      : ['it does not come back after a fault']),
    ...(grace === undefined || isSpan(grace) ? [] : ['stop_grace_period is no span of time']),
    ...(mounts(service).some((source) => source.includes('docker.sock')) ? ['it holds the engine'] : []),
  ];
}

/** Ours: what is published is for this machine alone. */
function portFaults({ ports }: Value): string[] {
  return listOf(ports)
    .filter((port) => !port.startsWith('127.0.0.1:'))
    .map((port) => `the port ${port} is open to other machines`);
}

/** `${NAME:-default}` everywhere, `$$` for a dollar. https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md */
function placeholderFaults(text: string): string[] {
  const code = text.replace(/^\s*#.*$/gm, '').replaceAll('$$', '');
  return [...code.matchAll(/\$(?:\{[^}]*\}|\w*)/g)]
    .map(([placeholder]) => placeholder)
    .filter((placeholder) => !/^\$\{[A-Z_]+:-[^}]*\}$/.test(placeholder))
    .map((placeholder) => `${placeholder} has no default`);
}

function mounts({ volumes }: Value): string[] {
  // A default holds a colon too.
  return listOf(volumes).map((volume) => /^(?:\$\{[^}]*\}|[^:])+/.exec(volume)?.[0] ?? '');
}

function unknown(where: string, value: Value, known: readonly string[]): string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key) && !key.startsWith('x-'))
    .map((key) => `unknown key ${key} in ${where}`);
}

const isSpan = (span: unknown) => typeof span === 'string' && /^(?:\d+(?:h|m|s|ms))+$/.test(span);
const tableOf = (value: unknown): Value => (value ?? {}) as Value;
const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const namesOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : Object.keys(tableOf(value)));
