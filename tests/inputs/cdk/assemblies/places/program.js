const cdk=require('aws-cdk-lib'); const s3=require('aws-cdk-lib/aws-s3'); const sqs=require('aws-cdk-lib/aws-sqs');
const app=new cdk.App();
const stack=new cdk.Stack(app,'Top');
new s3.Bucket(stack,'Docs');
['a','b'].forEach(n => {
  new sqs.Queue(stack,'Q'+n);
});
const make = () => new s3.Bucket(stack,'Arrow');
make();
class Part extends cdk.Stack { constructor(s,i){ super(s,i); new s3.Bucket(this,'InClass'); this.more(); } more(){ [1].map(x => new s3.Bucket(this,'InMap'+x)); } }
new Part(app,'Part');
new cdk.Stack(app,'Empty');
(async () => { await null; new s3.Bucket(stack,'Later'); app.synth(); })();
