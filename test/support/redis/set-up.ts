// jest's globalSetup: costs a look at PATH where redis-server is installed. Its workers inherit the environment.

import { provideRedis } from './program.ts';

export default provideRedis;
