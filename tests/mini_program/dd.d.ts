// What a mini-program has. Where DingTalk's own package declares a call, it counts;
// the package is for pages, so the others stand here, as their documents say:
// https://open.dingtalk.com/document/development/jsapi-http-request
// https://open.dingtalk.com/document/development/jsapi-navigate-to
// https://open.dingtalk.com/document/development/jsapi-set-navigation-bar
// https://open.dingtalk.com/document/development/jsapi-corp-id
import { IUnionAlertParams } from 'dingtalk-jsapi/api/union/alert';
import { IUnionConfirmParams, IUnionConfirmResult } from 'dingtalk-jsapi/api/union/confirm';
import {
  IUnionGetAuthCodeParams, IUnionGetAuthCodeResult,
} from 'dingtalk-jsapi/api/union/getAuthCode';
import { IUnionGetSystemInfoResult } from 'dingtalk-jsapi/api/union/getSystemInfo';
import { IUnionOpenLinkParams } from 'dingtalk-jsapi/api/union/openLink';
import { IUnionScanParams, IUnionScanResult } from 'dingtalk-jsapi/api/union/scan';
import { IUnionShowToastParams } from 'dingtalk-jsapi/api/union/showToast';
import {
  IUnionStopPullDownRefreshParams,
} from 'dingtalk-jsapi/api/union/stopPullDownRefresh';

interface Failure {
  error: number;
  errorMessage?: string;
}

type Own<P> = Omit<P, 'success' | 'fail' | 'complete' | 'onSuccess' | 'onFail' | 'onComplete'>;
type Call<P, R = {}> = (params: Own<P> & {
  success?(result: R): void;
  fail?(failure: Failure): void;
  complete?(): void;
}) => void;

declare global {
  const dd: {
    corpId: string;
    alert: Call<IUnionAlertParams>;
    confirm: Call<IUnionConfirmParams, IUnionConfirmResult>;
    getAuthCode: Call<IUnionGetAuthCodeParams, IUnionGetAuthCodeResult>;
    getSystemInfoSync(): IUnionGetSystemInfoResult;
    httpRequest: Call<{
      url: string;
      method?: 'GET' | 'POST';
      headers?: { [name: string]: string };
      data?: object | string;
      dataType?: 'json' | 'text' | 'base64';
      timeout?: number;
    }, { data: any; status: number; headers: object }>;
    navigateTo: Call<{ url: string }>;
    openLink: Call<IUnionOpenLinkParams>;
    scan: Call<IUnionScanParams, IUnionScanResult>;
    setNavigationBar: Call<{ title: string; backgroundColor: string; reset: boolean }>;
    showToast: Call<IUnionShowToastParams>;
    stopPullDownRefresh: Call<IUnionStopPullDownRefreshParams>;
  };
  function App(options: { globalData: object }): void;
  function getApp(): { globalData: any };
  function Page<D extends object, M>(
    options: { data: D } & M & ThisType<M & {
      data: any;
      path: string;
      setData(values: object): void;
    }>
  ): void;
}
