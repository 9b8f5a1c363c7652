// The rival in NestJS, written as its documentation recommends (Express platform, Passport, Throttler, ValidationPipe,
// nestjs-pino, Prometheus module), on the same application code and with the same duties as ours.
import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import {
  Body,
  type CallHandler,
  type CanActivate,
  Controller,
  createParamDecorator,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Headers,
  HttpCode,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  NotFoundException,
  Param,
  ParseUUIDPipe,
  Post,
  SetMetadata,
  ValidationPipe,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, NestFactory, Reflector } from '@nestjs/core';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { SkipThrottle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { InjectMetric, makeHistogramProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { IsISO8601, IsUUID } from 'class-validator';
import { Logger, LoggerModule } from 'nestjs-pino';
import { ExtractJwt, Strategy } from 'passport-jwt';
import pino from 'pino';
import type { Histogram } from 'prom-client';
import { type Observable, tap } from 'rxjs';
import { application } from './application.ts';

const parts = application();

interface User {
  sub: string;
  tenant: string;
  role: string;
}

const Public = () => SetMetadata('public', true);
const Roles = (...roles: string[]) => SetMetadata('roles', roles);
const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): User => {
  return context.switchToHttp().getRequest().user;
});

@Injectable()
class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: parts.config.JWT_SECRET,
      algorithms: ['HS256'],
    });
  }

  validate({ sub, tenant, role }: User): User {
    return { sub, tenant, role };
  }
}

@Injectable()
class JwtAuthGuard extends AuthGuard('jwt') {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {
    super();
  }

  override canActivate(context: ExecutionContext) {
    return this.reflector.get<boolean>('public', context.getHandler()) || super.canActivate(context);
  }
}

@Injectable()
class RolesGuard implements CanActivate {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.get<string[]>('roles', context.getHandler());
    if (!roles) return true;
    const { user, headers } = context.switchToHttp().getRequest();
    if (headers['x-ams-tenant'] !== user.tenant) throw new ForbiddenException('tenant.mismatch');
    return roles.includes(user.role);
  }
}

@Injectable()
class UserThrottlerGuard extends ThrottlerGuard {
  protected override async getTracker(request: { user?: User; ip: string }): Promise<string> {
    return request.user?.sub ?? request.ip;
  }
}

@Injectable()
class MetricsInterceptor implements NestInterceptor {
  constructor(
    @InjectMetric('http_server_request_duration_seconds')
    private readonly duration: Histogram<'method' | 'route' | 'status'>,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest();
    const response = context.switchToHttp().getResponse();
    const end = this.duration.startTimer({ method: request.method, route: request.route.path });
    return next.handle().pipe(tap(() => end({ status: response.statusCode })));
  }
}

class RequestAttendance {
  @IsUUID()
  id!: string;

  @IsUUID()
  classId!: string;

  @IsUUID()
  studentId!: string;

  @IsISO8601({ strict: true })
  date!: string;
}

@Controller('api/v1')
class AmsController {
  @Get('members/:id')
  @Roles('student', 'parent', 'teacher', 'manager', 'super_admin')
  async card(@CurrentUser() user: User, @Param('id', ParseUUIDPipe) id: string) {
    const data = await parts.cards(user.tenant, id);
    if (!data) throw new NotFoundException('member.unknown');
    return { data, meta: { stale: false } };
  }

  @Post('attendances')
  @HttpCode(201)
  @Roles('student', 'teacher', 'manager')
  async request(
    @CurrentUser() user: User,
    @Headers('idempotency-key') idempotencyKey: string,
    @Body() body: RequestAttendance,
  ) {
    const input = { ...body };
    const { data } = await parts.commands.requestAttendance(
      {
        tenantId: user.tenant,
        actor: user.sub,
        idempotencyKey,
        requestHash: createHash('sha256')
          .update(JSON.stringify(['requestAttendance', user.sub, input]))
          .digest('hex'),
        traceParent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00`,
      },
      input,
    );
    return { data, meta: {} };
  }
}

@SkipThrottle()
@Controller('actuator/health')
class HealthController {
  @Public()
  @Get('readiness')
  readiness() {
    return { status: 'UP' };
  }
}

@Module({
  imports: [
    PassportModule,
    ThrottlerModule.forRoot({
      throttlers: [{ ttl: 60_000, limit: 100 }],
      storage: new ThrottlerStorageRedisService(parts.redis as never),
    }),
    LoggerModule.forRoot({
      pinoHttp: {
        stream: pino.destination({ dest: 1, sync: false }),
        // As much as our line says, and as little: by itself it writes every header, the token among them.
        serializers: { req: ({ method }) => ({ method }), res: ({ statusCode }) => ({ statusCode }) },
        customProps: (request) => {
          const { user, route } = request as { user?: User; route?: { path: string } };
          return { tenantId: user?.tenant, actor: user?.sub, route: route?.path };
        },
        autoLogging: { ignore: (request) => request.url?.startsWith('/actuator') ?? false },
      },
    }),
    PrometheusModule.register(),
  ],
  controllers: [AmsController, HealthController],
  providers: [
    JwtStrategy,
    makeHistogramProvider({
      name: 'http_server_request_duration_seconds',
      help: 'Time of requests by route.',
      labelNames: ['method', 'route', 'status'],
    }),
    { provide: APP_GUARD, useClass: JwtAuthGuard },
    { provide: APP_GUARD, useClass: RolesGuard },
    { provide: APP_GUARD, useClass: UserThrottlerGuard },
    { provide: APP_INTERCEPTOR, useClass: MetricsInterceptor },
  ],
})
class AmsModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AmsModule, { bufferLogs: true });
  app.useLogger(app.get(Logger));
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  await app.listen(parts.config.PORT, parts.config.HOST);
  process.once('SIGTERM', async () => {
    await app.close();
    await parts.close();
  });
}

void main();
