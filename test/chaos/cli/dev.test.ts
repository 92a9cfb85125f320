import { once } from 'node:events';
import { afterAll, describe, expect, it } from 'vitest';
import { ottla, Workshop } from './processes.ts';

const workshop = new Workshop();

afterAll(() => workshop.close());

describe('ottla dev', () => {
  it('ends without a word at Ctrl-C, also with partitions that only it had', async () => {
    const { client, peer, admin } = await workshop.node(1);
    const { child, ended } = workshop.run([
      ...['dev', '--ephemeral', '-X', `controller.quorum.voters=1@${peer}`],
      ...['-X', `listeners=CLIENT://${client},PEER://${peer},ADMIN://${admin}`],
    ]);
    await Promise.race([once(child.stdout ?? child, 'data'), ended]);
    const bootstrap = ['--bootstrap', client];
    expect((await ottla(['topic', 'create', 't', '-p', '3', ...bootstrap])).status).toBe(0);

    child.kill('SIGINT');

    const { status, stdout, stderr } = await ended;
    expect(stderr).toBe('');
    expect(stdout.toString()).toMatch(/^Ottla is ready/);
    expect(status).toBe(0);
  });

  it('tells where it is, on ports of its own too, and of nothing that it does not serve', async () => {
    const { client, peer, admin, kafka } = await workshop.node(1);
    const greet = async (...doors: readonly string[]): Promise<string> => {
      const { child, ended } = workshop.run([
        ...['dev', '--ephemeral', '-X', `controller.quorum.voters=1@${peer}`],
        ...['-X', `listeners=CLIENT://${client},PEER://${peer}${doors.join('')}`],
      ]);
      await Promise.race([once(child.stdout ?? child, 'data'), ended]);
      child.kill('SIGINT');
      return (await ended).stdout.toString();
    };

    const [whole, bare] = [await greet(`,ADMIN://${admin},KAFKA://${kafka}`), await greet()];

    const places = (text: string) => text.match(/^ {2}(bootstrap|Kafka|admin) .*$/gm);
    expect(places(whole)).toEqual([
      `  bootstrap  ${client}`,
      `  Kafka      ${kafka}`,
      `  admin      http://${admin}/metrics`,
    ]);
    expect(places(bare)).toEqual([`  bootstrap  ${client}`]);
    expect(whole).toContain(`npx ottla produce greetings --bootstrap ${client}\n`);
  });
});
